# A database moves in mid-life by dump and import, from the story's engine into a file of SQLite and back:
# in the middle of a close, between closes with usage that comes late, and before a redo. Every run then
# goes on as if it had been there always: the dumps are those of a database that never moved.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
never=$STORY_DIR/never

database_of() { # ROUND: of those whose name says so a file
    case $1 in
    *-file) echo "$1/billmill.db" ;;
    *) if on_postgres; then database_at "$(basename "$1")"; else echo "$1/billmill.db"; fi ;;
    esac
}

begin() { # ROUND
    round_new "$1"
    run 0 "$(basename "$1"): the database is made" -- mill "$1" init
    # shellcheck disable=SC2046
    run 0 "$(basename "$1"): the data are imported" -- mill "$1" import --quiet $(demo_files tests/fixtures/fault)
}

move() { # ROUND ROUND: the business, and the documents beside it
    round_new "$2"
    mill "$1" dump --out "$STORY_DIR/moving.jsonl" 2>/dev/null
    run 0 "$(basename "$2"): a new database" -- mill "$2" init
    run 0 "$(basename "$2"): takes the dump of $(basename "$1")" -- mill "$2" import --quiet "$STORY_DIR/moving.jsonl"
    mill "$2" dump >"$STORY_DIR/moved.jsonl"
    check "$(basename "$2"): its dump is the same" -- cmp "$STORY_DIR/moved.jsonl" "$STORY_DIR/moving.jsonl"
    [ ! -e "$1/data" ] || cp -R "$1/data" "$2/data"
}

same_as_never() { # NAME ROUND
    mill "$never" dump >"$STORY_DIR/never.jsonl"
    keep_dump "$1" "$STORY_DIR/never.jsonl"
    mill "$2" dump >"$STORY_DIR/moved.jsonl"
    same_file "$1: the dump is that of one that never moved" "$STORY_DIR/moved.jsonl" "$STORY_DIR/never.jsonl"
    check "$1: so are the documents" -- diff -rq "$2/data" "$never/data"
}

both() { # EXIT_CODE NAME ROUND COMMAND…: on the one that moved, and on the other
    local code=$1 name=$2 round=$3
    shift 3
    run "$code" "$name" -- mill "$round" "$@"
    run "$code" "$name, where nothing moved" -- mill "$never" "$@"
}

# ------------------------------------------------------------------ in the middle of a close

begin "$never"
first=$STORY_DIR/first
begin "$first"
for job in period-advance rating; do
    both 0 "$job of October" "$first" run $job --period $PERIOD
done
second=$STORY_DIR/second-file
move "$first" "$second"
both 3 "the close goes on" "$second" close --period $PERIOD
same_as_never "October" "$second"

# ------------------------------------------------------------------ between closes

jq -c '.key = "late-" + .key | .value = "5"' tests/fixtures/fault/usage.jsonl >"$STORY_DIR/usage-late.jsonl"
both 0 "late usage comes" "$second" import --quiet "$STORY_DIR/usage-late.jsonl"
both 0 "and comes again" "$second" import --quiet "$STORY_DIR/usage-late.jsonl" tests/fixtures/fault/usage.jsonl
third=$STORY_DIR/third
move "$second" "$third"
both 0 "and once more, after the move" "$third" import --quiet "$STORY_DIR/usage-late.jsonl" tests/fixtures/fault/usage.jsonl
run 0 "what was closed before the move stays closed" -- mill "$third" close --period $PERIOD
stdout_has "and says so" "already done before the database was moved; nothing was changed"
both 3 "a redo bills it" "$third" redo close --period $PERIOD --reason "late usage"
same_as_never "the redo" "$third"
between "it has late lines" "$(grep -o '"kind":"late_usage"' "$STORY_DIR/moved.jsonl" | wc -l)" 5 400

# ------------------------------------------------------------------ before the next one

fourth=$STORY_DIR/fourth-file
move "$third" "$fourth"
sed 's/"late-/"later-/' "$STORY_DIR/usage-late.jsonl" >"$STORY_DIR/usage-later.jsonl"
both 0 "more late usage" "$fourth" import --quiet "$STORY_DIR/usage-later.jsonl"
both 3 "the next month" "$fourth" close --period 2026-11
same_as_never "November" "$fourth"
equal "numbers go on without a gap" "$(jq -r 'select(.record == "invoice" and .number != null and .tenant == "nordwind") | .number_in_series' \
    "$STORY_DIR/moved.jsonl" | sort -n | awk '$1 != NR { print "at", NR; exit }')" ""

story_end
