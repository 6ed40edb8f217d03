#!/bin/bash
# Everything that is checked without running the program. Prints what is wrong, and at the end one
# line for each step; exit 1 when a step found something.
#
#     tests/support/lint.sh                  all steps
#     tests/support/lint.sh format rules     these only: format, rules, tidy, cppcheck, shell
#
# 1. format    clang-format 14 with .clang-format
# 2. rules     layers and words: lint/layers.txt, lint/words.txt
# 3. tidy      clang-tidy 14 with .clang-tidy; a file that was clean is looked at again only when it, a
#              header of it or .clang-tidy has changed (build/lint/tidy). The analyzer follows a function
#              for ANALYZER_NODES states (30000; its own default of 225000 takes five times as long)
# 4. cppcheck  with lint/cppcheck.txt
# 5. shell     shellcheck of the scripts
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
HERE=tests/support/lint
OUT=build/lint
AT_ONCE=$(nproc)
export ANALYZER_NODES=${ANALYZER_NODES:-30000}
mkdir -p "$OUT/tidy"

find core jobs tests -name '*.c' 2>/dev/null | sort >"$OUT/sources"
find core jobs tests -name '*.h' 2>/dev/null | sort >"$OUT/headers"
find .ci tests -type f \( -name '*.sh' -o -path '.ci/*' \) | sort >"$OUT/scripts"
make -s --no-print-directory print-flags >"$OUT/flags" || exit 1

step_format() {
    local file
    cat "$OUT/sources" "$OUT/headers" >"$OUT/files"
    if xargs clang-format-14 --dry-run -Werror <"$OUT/files" 2>"$OUT/format"; then return 0; fi
    sed -nE 's/^([^:]+):[0-9]+:.*code should be clang-formatted.*/\1/p' "$OUT/format" | sort -u |
        while read -r file; do echo "$file: not as clang-format 14 has it: make format"; done
    return 1
}

step_rules() {
    cat "$OUT/sources" "$OUT/headers" | xargs "$HERE/rules.pl"
}

# One file for each call: in one process, the analyzer of clang-tidy 14 loses the state of va_list.
tidy_file() { # FILE OUT
    local flags stamp
    mapfile -t flags <"$2/flags"
    stamp=$2/tidy/$({
        [ "$ANALYZER_NODES" -le 30000 ] || echo "$ANALYZER_NODES"
        cat .clang-tidy tests/.clang-tidy "$1"
        clang-14 "${flags[@]}" -E -C "$1"
    } 2>&1 | sha256sum | cut -c1-40)
    [ ! -e "$stamp" ] || return 0
    clang-tidy-14 --quiet "$1" -- "${flags[@]}" -Xclang -analyzer-config -Xclang "max-nodes=$ANALYZER_NODES" 2>/dev/null &&
        touch "$stamp"
}
export -f tidy_file

step_tidy() {
    # shellcheck disable=SC2016 # the inner bash expands them
    xargs -P "$AT_ONCE" -I{} bash -c 'tidy_file "$1" "$2" || exit 1' bash {} "$OUT" <"$OUT/sources"
}

step_cppcheck() {
    local flags
    mapfile -t flags < <(grep -E '^-[DI]' "$OUT/flags")
    mkdir -p "$OUT/cppcheck"
    cppcheck --std=c11 --enable=warning,style,performance,portability --inline-suppr --quiet \
        --error-exitcode=1 --library=posix --suppressions-list="$HERE/cppcheck.txt" -j "$AT_ONCE" \
        --cppcheck-build-dir="$OUT/cppcheck" --template='{file}:{line}: {id}: {message}' \
        "${flags[@]}" --file-list="$OUT/sources"
}

step_shell() {
    xargs -n 16 -P "$AT_ONCE" shellcheck --shell=bash --severity=warning --external-sources --source-path=SCRIPTDIR <"$OUT/scripts"
}

failed=0
for step in "${@:-format rules tidy cppcheck shell}"; do
    for name in $step; do
        started=$SECONDS
        if "step_$name"; then result=ok; else
            result='not ok'
            failed=1
        fi
        printf 'lint: %-9s %s (%d s)\n' "$name" "$result" $((SECONDS - started))
    done
done
exit $failed
