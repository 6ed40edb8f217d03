# Killed at system calls that change something, and system calls that fail: after `resume` the dump and
# the documents are those of a run that nobody disturbed, and a failure ends with a documented exit code.
# A sample of POINTS (40) points by default, every one with FULL=1. Needs strace, and leave to use it.
# Once: the system calls are those of SQLite; a server makes its own.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
CHUNK_SIZE=2 # several chunks in each job
story_begin

round=$STORY_DIR/round
calls=pwrite64,fdatasync,fsync,rename,ftruncate,unlink,mkdir,openat
if ! strace -o /dev/null -e trace=$calls true 2>/dev/null; then
    ok "skipped: strace is missing or may not trace here" # visible, and the count says so
    story_end
fi
fault_begin tests/fixtures/fault 3

traced() { # INJECTION OUTPUT: the close, under strace
    strace -f -o "$2" -e trace=$calls ${1:+-e inject=$1} "$MILL" --config "$round/config/billmill.yaml" \
        --database "$round/billmill.db" close --period $PERIOD >"$round/hurt.txt" 2>"$round/hurt.err"
}

# Every point: "CALL N", the N-th call of that name.
round_imported "$round"
traced "" "$STORY_DIR/trace"
awk '$2 ~ /^[a-z0-9]+\(/ { sub(/\(.*/, "", $2); print $2, ++n[$2] }' "$STORY_DIR/trace" >"$STORY_DIR/points"
all=$(wc -l <"$STORY_DIR/points")
between "the run makes system calls" "$all" 100 5000

sample() { # HOW_MANY of the lines on stdin, evenly
    awk -v want="$1" '{ line[NR] = $0 } END { step = want >= NR ? 1 : NR / want
        for (i = 1; int(i) <= NR; i += step) print line[int(i)] }'
}
points=${POINTS:-40}
[ -z "${FULL:-}" ] || points=$all

wrong() { # WHAT SAID
    not_ok "$1" "$2"
    cp -R "$round" "$STORY_DIR/bad-$story_failed"
}

# ------------------------------------------------------------------ SIGKILL

killed=0
while read -r call n; do
    round_imported "$round"
    { traced "$call:signal=SIGKILL:when=$n" /dev/null; } 2>/dev/null
    [ $? = 137 ] && killed=$((killed + 1))
    finish "$round"
    code=$?
    if [ $code != 3 ] && { [ $code != 0 ] || ! grep -q "already done" "$round/resume.txt"; }; then
        wrong "killed at $call $n, it resumes" "exit $code $(cat "$round/resume.txt" "$round/resume.err")"
    elif ! said=$(same_as_gold "$round" 2>&1); then
        wrong "killed at $call $n, it is as if nothing had happened" "$said"
    fi
done < <(sample "$points" <"$STORY_DIR/points")
[ "$story_failed" != 0 ] || ok "killed at $killed of $all system calls: each time the same dump and documents"
between "the signal came each time" "$killed" $((points * 9 / 10)) $((all + 1))

# ------------------------------------------------------------------ errors

# A library that cannot be opened is no error of ours: openat is left out.
codes=" "
failed=0
while read -r call n; do
    for error in EIO ENOSPC; do
        round_imported "$round"
        traced "$call:error=$error:when=$n" /dev/null
        code=$?
        codes+="$code "
        case $error-$code in
        *-3) ;; # tolerated: nothing was lost
        EIO-74 | EIO-73 | EIO-69 | ENOSPC-73 | ENOSPC-74)
            failed=$((failed + 1))
            [ -s "$round/hurt.err" ] || wrong "$error at $call $n is told" "no message"
            ;;
        *) wrong "$error at $call $n ends with a documented code" "exit $code $(cat "$round/hurt.err")" ;;
        esac
        finish "$round"
        code=$?
        if [ $code != 3 ] && { [ $code != 0 ] || ! grep -q "already done" "$round/resume.txt"; }; then
            wrong "after $error at $call $n, it resumes" "exit $code $(cat "$round/resume.txt" "$round/resume.err")"
        elif ! said=$(same_as_gold "$round" 2>&1); then
            wrong "after $error at $call $n, it is as if nothing had happened" "$said"
        fi
    done
done < <(grep -v openat "$STORY_DIR/points" | sample $((points / 2)))
[ "$story_failed" != 0 ] || ok "$failed failing system calls: a documented exit code each, and the same after resume"
echo "# exit codes: $(echo "$codes" | tr ' ' '\n' | grep . | sort -n | uniq -c | tr -s ' \n' ' ')"

story_end
