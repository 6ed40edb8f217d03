# The house: what lint refuses, what `make deps` does on machines that lack packages, and a program that
# works from where `make install` put it.
# Once: lint, packages and installing.
. "$(dirname "$0")/../support/story.sh"
story_begin

# ------------------------------------------------------------------ the rules of lint

rules=$STORY_ROOT/tests/support/lint/rules.pl
mkdir -p "$STORY_DIR/tree/core/billing" "$STORY_DIR/tree/core/money" "$STORY_DIR/tree/jobs" "$STORY_DIR/tree/core/odd"

rules_say() { # NAME CODE FILE TEXT EXPECTED: a file of this text, and what is said of it ("" for nothing)
    printf '%s\n' "$4" >"$STORY_DIR/tree/$3"
    (cd "$STORY_DIR/tree" && "$rules" "$3") >"$STORY_DIR/said" 2>&1
    equal "$1: exit" $? "$2"
    equal "$1" "$(cut -d: -f1-3 "$STORY_DIR/said" | paste -sd ' ')" "$5"
}

rules_say "a rule may use values" 0 core/billing/a.c '#include "core/money/money.h"' ""
rules_say "a rule never sees a database" 1 core/billing/a.c '#include "core/storage/db.h"' "core/billing/a.c:1: layers"
rules_say "values do not know rules" 1 core/money/a.c '#include "core/billing/tax.h"' "core/money/a.c:1: layers"
rules_say "only storage speaks SQLite" 1 jobs/a.c '#include <sqlite3.h>' "jobs/a.c:1: layers"
rules_say "threads are not of this house" 1 jobs/a.c '#include <pthread.h>' "jobs/a.c:1: layers"
rules_say "a folder that nobody announced" 1 core/odd/a.c '#include "core/base/text.h"' "core/odd/a.c:1: layers"
rules_say "a job does not print into SQL" 1 jobs/a.c 'const char *a = "DELETE FROM invoice WHERE id = %d";' \
    "jobs/a.c:1: sql-home jobs/a.c:1: sql-printed"
rules_say "nobody asks the time" 1 jobs/a.c $'int a;\nlong b = time(NULL);' "jobs/a.c:2: wall-clock"
rules_say "no floating point" 1 core/money/a.c 'double a = 1.5;' "core/money/a.c:1: floating-point"
rules_say "no minor units outside money" 1 core/billing/a.c 'a = b->minor + c.minor;' "core/billing/a.c:1: minor"
rules_say "but in it" 0 core/money/a.c 'a = b->minor + c.minor;' ""
rules_say "words in comments and texts are free" 0 jobs/a.c \
    $'/* double time(\n * goto */ const char *a = "goto time(1.5)"; // strcpy(' ""
rules_say "an exception has a reason" 0 jobs/a.c 'b = atoi(c); /* lint: number-parsing: printed by us */' ""
rules_say "for its own rule only" 1 jobs/a.c 'b = atoi(c); /* lint: wall-clock: no */' "jobs/a.c:1: number-parsing"

# ------------------------------------------------------------------ make deps

fakes=$STORY_DIR/bin
mkdir "$fakes"
fake() { # NAME LINE…
    local name=$1
    shift
    printf '%s\n' '#!/bin/bash' "$@" >"$fakes/$name"
    chmod +x "$fakes/$name"
}
deps() {
    PATH=$fakes:$PATH tests/support/deps.sh "$@"
}
fake apt-get "echo \"\$*\" >>'$STORY_DIR/apt'"
fake id 'echo 1000'
fake sleep ''
fake dpkg-query 'printf "ii  %s \n" gcc libc6-dev make sqlite3' 'echo "ii  pkgconf pkg-config (= 1)"' \
    'echo "rc  qpdf "' 'printf "ii  %s \n" check'
run 1 "a user who lacks packages gets the line" -- deps test
stderr_has "with what is missing, and only that" \
    "sudo apt-get update && sudo apt-get install -y --no-install-recommends gojq poppler-utils qpdf postgresql pgbouncer openssl strace python3"
run 1 "nothing was installed" -- test -e "$STORY_DIR/apt"
run 1 "what a package provides is there" -- deps build
run 1 "pkg-config is not asked for" -- grep -q pkg-config "$STORY_ERR"
fake id 'echo 0'
run 0 "root gets them installed" -- deps test
equal "by apt-get" "$(cut -d' ' -f1-12 "$STORY_DIR/apt" | paste -sd '|')" \
    "update -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300|install -y --no-install-recommends gojq poppler-utils qpdf postgresql pgbouncer openssl strace python3 -o"
fake apt-get "echo \"\$1\" >>'$STORY_DIR/apt'; exit 100"
rm "$STORY_DIR/apt"
run 1 "an apt-get that fails" -- deps test
equal "is tried three times" "$(grep -c install "$STORY_DIR/apt")" 3
fake dpkg-query 'printf "ii  %s \n" check sqlite3 gojq poppler-utils qpdf postgresql pgbouncer openssl strace python3'
rm "$STORY_DIR/apt"
run 0 "when all is there" -- deps test
stderr_is_empty "nothing is said"
run 1 "and nothing is done" -- test -e "$STORY_DIR/apt"
run 64 "a group that is none" -- deps tests

# ------------------------------------------------------------------ what is written for readers

# Each link leads to a file that is there, and to a heading of it.
heading_is() { # FILE ANCHOR: as its text makes it: small letters, a dash for each space, of the rest letters, digits and dashes
    sed -n 's/^#\+ //p' "$1" | tr '[:upper:] ' '[:lower:]-' | tr -cd '[:alnum:]\n_-' | grep -qxF -e "$2"
}
while IFS=: read -r document link; do
    target=$(dirname "$document")/${link%%#*}
    check "${document#./} leads to $link" -- test -s "$STORY_ROOT/$target"
    [ "$link" = "${link#*#}" ] || check "and to a heading there: $link" -- heading_is "$STORY_ROOT/$target" "${link#*#}"
done < <(cd "$STORY_ROOT" && find . -name '*.md' -not -path './build/*' -exec grep -oHP '\]\(\K[^)]+(?=\))' {} + | sort)

# ------------------------------------------------------------------ make install

# As the make that runs this story was told, but for its job server.
MAKEFLAGS=$(sed -E 's/ *(-j[0-9]*|--jobserver-[a-z]+=[^ ]*)//g' <<<"${MAKEFLAGS:-}")
export MAKEFLAGS
root=$STORY_DIR/root
run 0 "make install" -- make BUILD="$BUILD" DESTDIR="$root" PREFIX=/usr/local install
stderr_is_empty "says nothing on stderr"
share=$root/usr/local/share/billmill
for file in "$root/usr/local/bin/billmill" "$root/usr/local/share/doc/billmill/README.md" "$root/usr/local/share/doc/billmill/jobs/README.md" \
    "$share/migrations/sqlite/0001_initial.sql" "$share/templates/invoice/default.layout" \
    "$share/config/billmill.yaml" "$share/config/jobs/close.yaml" "$share/config/schema/job.schema.json"; do
    check "${file#"$root"} is there" -- test -s "$file"
done
equal "nothing is left elsewhere" "$(ls "$root" "$root/usr/local" | paste -sd ' ')" "$root: usr  $root/usr/local: bin share"
installed=("$root/usr/local/bin/billmill" --config "$share/config/billmill.yaml" --database "$STORY_DIR/installed.db")
cd "$STORY_DIR" || exit 1
run 0 "the installed configuration is right" -- "${installed[@]}" check
run 0 "the installed program makes a database" -- "${installed[@]}" init
run 0 "and finds the demo's tenants" -- "${installed[@]}" import "$STORY_ROOT/config/demo/tenants.jsonl"
story_end
