#!/bin/bash
# Are the Debian packages there that this tree needs? Installs what is missing when it may (root, with
# apt-get), and otherwise prints the one line that does, and fails. Says nothing and needs no network
# when all are there.
#
#     tests/support/deps.sh [build] [run] [test] [lint]     everything but lint when none is named
#
# A package appears below because something in this tree uses it: keep it so.
set -eu

BUILD_PACKAGES=(gcc libc6-dev make pkg-config
    libsqlite3-dev libpq-dev libyaml-dev libjansson-dev libssl-dev # database, configuration, JSON, SHA-256
    libcurl4-openssl-dev zlib1g-dev                      # exchange rates: fetching, the zip of the ECB
    libhpdf-dev libharfbuzz-dev libutf8proc-dev)         # invoices
RUN_PACKAGES=(fonts-liberation2 tzdata) # what templates/ names, the time zones
TEST_PACKAGES=(check # unit tests
    sqlite3 gojq poppler-utils qpdf # what stories look with
    postgresql pgbouncer openssl   # the same month on a server, through a pool, with certificates
    strace python3)                # cut off system calls with, and compute everything again with
LINT_PACKAGES=(clang clang-format clang-tidy cppcheck shellcheck)

wanted=()
for group in "${@:-all}"; do
    case $group in
    build) wanted+=("${BUILD_PACKAGES[@]}") ;;
    run) wanted+=("${RUN_PACKAGES[@]}") ;;
    test) wanted+=("${TEST_PACKAGES[@]}") ;;
    lint) wanted+=("${LINT_PACKAGES[@]}") ;;
    all) wanted+=("${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}") ;;
    *)
        echo "deps.sh: no group of packages is called $group" >&2
        exit 64
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "deps: not a Debian; going on. On Debian 12 these would be needed: ${wanted[*]}" >&2
    exit 0
fi

# Debian 12 has some of them under another name (pkg-config is pkgconf): what a package provides counts.
installed=$(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package} ${Provides}\n' | sed -n 's/^ii //p')
missing=()
for package in "${wanted[@]}"; do
    grep -qE "(^|[ ,])$package( |,|\$)" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" != 0 ]; then
    echo "deps: missing Debian packages. Install them with this line, then run make again:" >&2
    echo "sudo apt-get update && sudo ${install[*]}" >&2
    exit 1
fi
echo "deps: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
install+=(-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
for attempt in 1 2 3; do
    # A list that cannot be fetched is no reason to stop when the packages can be.
    apt-get update -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 >&2 || true
    if "${install[@]}" -qq >&2 </dev/null; then exit 0; fi
    [ "$attempt" = 3 ] || sleep $((attempt * 5))
done
echo "deps: apt-get could not install them; look at its messages above, or try by hand:" >&2
echo "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
exit 1
