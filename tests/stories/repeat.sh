# The same again changes nothing: imported twice, closed twice. And what is the same comes out the same:
# with any size of chunks and any number of partitions, in another zone and locale, after a dry run, and
# in a database that was moved by dump and import: move.sh has it between the engines.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
fault_begin config/demo 3

same() { # NAME ROUND
    local said
    if said=$(same_as_gold "$2" 2>&1); then ok "$1"; else not_ok "$1" "$said"; fi
}

# ------------------------------------------------------------------ twice

gold=$STORY_DIR/gold
# shellcheck disable=SC2046
run 0 "the same files are imported again" -- mill "$gold" import $(demo_files config/demo)
same "nothing is changed by it" "$gold"
find "$gold/data" -type f -printf '%p %T@ %i\n' | sort >"$STORY_DIR/times"
run 0 "closed again" -- mill "$gold" close --period $PERIOD
stdout_has "it says that it is done" "close 2026-10: already done by execution 1; nothing was changed"
same "nothing is changed by it" "$gold"
find "$gold/data" -type f -printf '%p %T@ %i\n' | sort >"$STORY_DIR/times2"
same_file "no document was touched" "$STORY_DIR/times2" "$STORY_DIR/times"
mv "$gold/data/documents" "$gold/data/elsewhere"
run 0 "closed again where its documents are not" -- mill "$gold" close --period $PERIOD
stderr_has "it warns of that" "hosts that share a run must share"
mv "$gold/data/elsewhere" "$gold/data/documents"
run 0 "and where they are" -- mill "$gold" close --period $PERIOD
check "it does not" -- test "$(grep -c "must share" "$STORY_ERR")" = 0
run 0 "nothing is left to resume" -- mill "$gold" resume
stdout_has "it says so" "nothing is unfinished"
run 0 "a step of the close, run by hand, is done already" -- mill "$gold" run rating --period $PERIOD
stdout_has "and names its execution" "rating 2026-10: already done by execution"
same "nothing is changed by them" "$gold"

# ------------------------------------------------------------------ sizes, partitions, places

while read -r size partitions zone; do
    round=$STORY_DIR/size-$size
    round_imported "$round"
    chunks_of "$round" "$size"
    for job in period-advance rating tax invoice-render; do
        echo "partitions: $partitions" >>"$round/config/jobs/$job.yaml"
    done
    export TZ=$zone
    run 3 "chunks of $size, $partitions partitions, in $zone" -- mill "$round" close --period $PERIOD
    unset TZ
    same "chunks of $size, $partitions partitions, in $zone give the same" "$round"
    rm -rf "$round"
done <<END_OF_SIZES
1 1 Pacific/Kiritimati
7 5 America/St_Johns
1000 1 UTC
1000 5 Asia/Kathmandu
END_OF_SIZES

round=$STORY_DIR/dry
round_imported "$round"
mill "$round" dump >"$STORY_DIR/before"
run 3 "a dry run" -- mill "$round" close --period $PERIOD --dry-run
cp "$STORY_OUT" "$STORY_DIR/dry.txt"
mill "$round" dump >"$STORY_DIR/after"
check "leaves the dump as it was" -- cmp "$STORY_DIR/before" "$STORY_DIR/after"
check "makes no document" -- test ! -e "$round/data"
run 3 "then the run itself" -- mill "$round" close --period $PERIOD
equal "does what the dry run said" "$(sed -n 's/.*execution [0-9]*: //p' "$STORY_OUT")" "$(sed -n 's/.*execution [0-9]*: //p' "$STORY_DIR/dry.txt")"
check "which was something" -- grep -q "execution 1: [1-9]" "$STORY_DIR/dry.txt"
same "and gives the same" "$round"

# ------------------------------------------------------------------ moved

moved=$STORY_DIR/moved
round_new "$moved"
run 0 "a new database" -- mill "$moved" init
run 0 "takes the dump of another" -- mill "$moved" import "$GOLD"
cp -R "$gold/data" "$moved/data"
mill "$moved" dump >"$STORY_DIR/moved.jsonl"
check "its dump is the same" -- cmp "$STORY_DIR/moved.jsonl" "$GOLD"
run 3 "the next month is closed in the old one" -- mill "$gold" close --period 2026-11
run 3 "and in the new one" -- mill "$moved" close --period 2026-11
mill "$gold" dump >"$STORY_DIR/gold-11.jsonl"
mill "$moved" dump >"$STORY_DIR/moved-11.jsonl"
keep_dump november "$STORY_DIR/gold-11.jsonl"
same_file "with the same dump" "$STORY_DIR/moved-11.jsonl" "$STORY_DIR/gold-11.jsonl"
check "and the same documents" -- diff -r "$moved/data" "$gold/data"

story_end
