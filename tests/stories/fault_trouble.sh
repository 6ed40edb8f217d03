# What can be wrong around a run: each ends with the exit code of DESIGN's table, one line that says what
# and a hint that says what to do, and nothing half-done: put right, the run gives the same as if nothing
# had happened. Damaged files and full disks are those of SQLite.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
fault_begin tests/fixtures/fault 3
round=$STORY_DIR/round

told() { # NAME TEXT: the message, and a hint behind it, or in it what is allowed
    stderr_has "$1: the message" "$2"
    check "$1: a hint" -- grep -qE '^  [a-z`]|must be a whole number from' "$STORY_ERR"
}

healed() { # NAME: now it can be done, and the result is the same
    local said
    finish "$round"
    if [ $? != 3 ]; then
        not_ok "$1: then it can be done" "$(cat "$round/resume.txt" "$round/resume.err")"
    elif said=$(same_as_gold "$round" 2>&1); then
        ok "$1: then all is as if nothing had happened"
    else
        not_ok "$1: then all is as if nothing had happened" "$said"
    fi
}

untouched() { # NAME: the database is that of the import
    "$MILL" --config "$STORY_DIR/gold/config/billmill.yaml" --database "$DB" dump >"$STORY_DIR/dump" 2>&1
    if cmp -s "$STORY_DIR/dump" "$STORY_DIR/imported.jsonl"; then ok "$1: nothing was done"; else not_ok "$1: nothing was done"; fi
}
at "$round"
round_imported "$round"
mill "$round" dump >"$STORY_DIR/imported.jsonl"

# ------------------------------------------------------------------ configuration

while IFS='|' read -r name file edit text; do
    round_imported "$round"
    cp "$round/config/$file" "$STORY_DIR/kept"
    sed -i "$edit" "$round/config/$file"
    run 78 "$name" -- mill "$round" close --period $PERIOD
    told "$name" "$text"
    untouched "$name"
    cp "$STORY_DIR/kept" "$round/config/$file"
    healed "$name"
done <<'END_OF_EDITS'
a key that does not exist|jobs/rating.yaml|s/^chunk_size/chunksize/|rating.yaml:9:1
a number that is too large|jobs/tax.yaml|s/^chunk_size:.*/chunk_size: 99999999999/|tax.yaml:9:13
a tab|jobs/tax.yaml|s/^name/\tname/|'tax'
a job file that is cut|jobs/close.yaml|s, rating.*,,|close.yaml:
a circle|jobs/period-advance.yaml|$a after: [tax]|period-advance
a rule that does not exist|billmill.yaml|s/zero_invoice: issue/zero_invoice: ignore/|billmill.yaml:
END_OF_EDITS

round_imported "$round"
sed -i 's|/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf|/nonexistent/Bold.ttf|' "$round/templates/invoice/default.layout"
run 78 "a font that is not there" -- mill "$round" close --period $PERIOD
told "a font that is not there" "/nonexistent/Bold.ttf"
check "no document was written" -- sh -c "! find '$round/data' -type f 2>/dev/null | grep ."
run 78 "and again, when resumed" -- mill "$round" resume
cp templates/invoice/default.layout "$round/templates/invoice/"
healed "a font that is not there"

round_imported "$round"
head -c 4000 /usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf >"$round/cut.ttf"
sed -i "s|/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf|$round/cut.ttf|" "$round/templates/invoice/default.layout"
run 78 "a font that is cut" -- mill "$round" close --period $PERIOD
told "a font that is cut" "cut.ttf"
cp templates/invoice/default.layout "$round/templates/invoice/"
healed "a font that is cut"

# ------------------------------------------------------------------ data

round_new "$round"
run 0 "an empty database" -- mill "$round" init
head -c -40 tests/fixtures/fault/usage.jsonl >"$STORY_DIR/usage.jsonl"
# shellcheck disable=SC2046
run 65 "an import that is cut" -- mill "$round" import $(demo_files tests/fixtures/fault | grep -v usage) "$STORY_DIR/usage.jsonl"
told "an import that is cut" "usage.jsonl:18:"
sql_is "none of the cut file was loaded" "$DB" "SELECT count(*) FROM usage_event" 0
run 0 "the whole file" -- mill "$round" import tests/fixtures/fault/usage.jsonl
untouched "an import that is cut, and then the whole one"
healed "an import that is cut"

# ------------------------------------------------------------------ a run whose file is gone

round_imported "$round"
run 3 "a closed month" -- mill "$round" close --period $PERIOD
sql "$DB" "UPDATE job_instance SET state = 'failed' WHERE job = 'close';
    INSERT INTO job_instance (instance_id, job, business_key, generation, business_date, definition_digest, state, created_at_us, created_by)
    SELECT 900, 'gone', '2026-09', 1, '2026-09-30', definition_digest, 'failed', 0, 'a test' FROM job_instance LIMIT 1"
run 64 "an older run whose file is gone" -- mill "$round" resume
told "an older run whose file is gone" "there is no job 'gone'"
stdout_has "the others are finished all the same" "close 2026-10: done, with parked items"

# ------------------------------------------------------------------ the database

keep_dump imported "$STORY_DIR/imported.jsonl"
if on_postgres; then
    story_end # the rest is about the file of SQLite; a server's troubles are in postgres.sh
fi

round_new "$round"
run 69 "no database" -- mill "$round" close --period $PERIOD
told "no database" "$round/billmill.db"
check "none is made" -- test ! -e "$round/billmill.db"
cp "$IMPORTED" "$round/billmill.db"
healed "no database"

round_new "$round"
head -c 20000 "$IMPORTED" | tr 'a' 'b' >"$round/billmill.db"
run 69 "a file that is no database" -- sh -c "echo hello, this is no database file at all >'$round/billmill.db';
    '$MILL' --config '$round/config/billmill.yaml' --database '$round/billmill.db' close --period $PERIOD"
told "a file that is no database" "$round/billmill.db"
cp "$IMPORTED" "$round/billmill.db"
healed "a file that is no database"

# ------------------------------------------------------------------ disks

# in_mount COMMANDS: in a mount namespace of its own, so that nothing stays mounted.
in_mount() {
    MILL=$MILL round=$round IMPORTED=$IMPORTED PERIOD=$PERIOD unshare -m bash -c "mill() { \"\$MILL\" --config \"\$round/config/billmill.yaml\" \"\$@\"; }
$1"
}
if unshare -m true 2>/dev/null; then
    round_imported "$round"
    run 73 "a database on a disk that is mounted read-only" -- in_mount 'mkdir "$round/disk" && mount -t tmpfs tmpfs "$round/disk" &&
        cp "$IMPORTED" "$round/disk/billmill.db" && mount -o remount,ro "$round/disk" && mill --database "$round/disk/billmill.db" close --period $PERIOD'
    told "a database on a disk that is mounted read-only" "billmill.db"
    healed "a database on a disk that is mounted read-only"

    # From where the first write fails to where the last one does.
    size=$(($(stat -c %s "$IMPORTED") / 1024))
    for room in 8 40 100 160; do
        round_imported "$round"
        run 73 "the database's disk has room for $room KiB" -- in_mount "mkdir \"\$round/disk\" && mount -t tmpfs -o size=$((size + room))k tmpfs \"\$round/disk\" &&
            cp \"\$IMPORTED\" \"\$round/disk/billmill.db\" && { mill --database \"\$round/disk/billmill.db\" close --period \$PERIOD; code=\$?;
            mount -o remount,size=64m \"\$round/disk\"; cp \"\$round\"/disk/billmill.db* \"\$round/\"; exit \$code; }"
        told "the database's disk has room for $room KiB" "no space left"
        healed "the database's disk has room for $room KiB"
    done
    for room in 0 8 48; do
        round_imported "$round"
        run 73 "the documents' disk has room for $room KiB" -- in_mount "mkdir -p \"\$round/data/documents\" && mount -t tmpfs -o size=$((room + 4))k tmpfs \"\$round/data/documents\" &&
            { mill --database \"\$round/billmill.db\" close --period \$PERIOD; code=\$?; find \"\$round/data/documents\" -type f; exit \$code; }"
        told "the documents' disk has room for $room KiB" "documents"
        stdout_has "the documents' disk has room for $room KiB: it failed" "close 2026-10: failed"
        equal "the documents' disk has room for $room KiB: no document is half there" "$(grep -c 'billmill-tmp' "$STORY_OUT")" 0
        healed "the documents' disk has room for $room KiB"
    done
    round_imported "$round"
    mkdir -p "$round/data"
    touch "$round/data/documents"
    run 78 "a file where the documents should be" -- mill "$round" close --period $PERIOD
    told "a file where the documents should be" "documents"
    rm "$round/data/documents"
    healed "a file where the documents should be"
else
    ok "skipped: no leave to mount a small disk"
fi

story_end
