# The harness itself: what passes, what fails, and that a story that breaks is never silently green.
# Once: it is about the harness.
. "$(dirname "$0")/../support/story.sh"
story_begin

inner=$STORY_DIR/scripts
mkdir -p "$inner"

write_story() { # NAME, the body on stdin
    { echo ". '$STORY_ROOT/tests/support/story.sh'"; echo story_begin; cat; } >"$inner/$1.sh"
}
run_inner() { # EXIT_CODE NAME STORY…
    local expected=$1 name=$2
    shift 2
    run "$expected" "$name" -- env SCRIPTS_DIR="$inner" STORIES_DIR="$STORY_DIR/inner" SKIP_UNIT=1 \
        ENGINES="${ENGINES_ENV:-sqlite}" BILLMILL_TEST_POSTGRES=postgresql:///postgres?host=/nonexistent GOLDEN_DIR="$STORY_DIR/golden" STORY_TIMEOUT_S=5 ${GOLDEN_ENV:-A=1} tests/run.sh "$@"
}
last_line() { tail -n 1 "$STORY_OUT"; }

write_story good <<'END'
run 0 "echo works" -- echo hello
stdout_has "it says hello" hello
stderr_is_empty "and nothing else"
run 3 "an exit code is what is expected" -- bash -c 'echo no >&2; exit 3'
stderr_has "it says why" no
stdout_is_empty "and prints no data"
check "a command succeeds" -- test -d "$STORY_DIR"
equal "texts" a a
between "a count" 5 5 6
story_end
END
run_inner 0 "a good story passes" good
equal "all its checks are counted" "$(last_line)" "9 passed, 0 failed"

write_story bad <<'END'
run 0 "false fails" -- false
stdout_has "nothing was said" hello
stderr_is_empty "this one passes"
check "no such file" -- test -e "$STORY_DIR/none"
equal "other text" a b
between "too many" 7 5 6
between "no number" x 5 6
echo input | equal "at the end of a pipe" a b
story_end
END
run_inner 1 "a bad story fails" bad
equal "each failed check is counted" "$(last_line)" "1 passed, 7 failed"
stdout_has "what was seen instead is shown" "#   got      a"

write_story broken <<'END'
ok "a first check"
echo "$no_such_variable"
story_end
END
run_inner 1 "a script that breaks fails" broken
equal "though its checks passed" "$(last_line)" "1 passed, 1 failed"

write_story hangs <<'END'
ok "a first check"
sleep 60
story_end
END
run_inner 1 "a story that hangs is ended" hangs

write_story empty <<'END'
story_end
END
run_inner 1 "a story without a check fails" empty
run_inner 1 "a story that does not exist fails" none
rm "$inner"/*.sh
run_inner 1 "nothing to run fails"
equal "and says so" "$(last_line)" "0 passed, 0 failed"

write_story golden <<'END'
run 0 "echo works" -- echo hello
stdout_is_golden "the text is as before" harness/hello
story_end
END
run_inner 1 "a golden file that is missing fails" golden
GOLDEN_ENV=UPDATE_GOLDEN=1 run_inner 0 "it is written on demand" golden
run_inner 0 "then it is the same" golden
echo "hello there" >"$STORY_DIR/golden/harness/hello"
run_inner 1 "another text fails" golden
stdout_has "the difference is shown" "#   -hello there"

# ------------------------------------------------------------------ both engines

rm "$inner"/*.sh
write_story both <<'END'
equal "its database is on the engine" "$(database_at x)" "$(on_postgres && echo "postgresql:///story_both_x?host=/nonexistent" || echo "$STORY_DIR/x.db")"
echo same >"$STORY_DIR/dump"
keep_dump first "$STORY_DIR/dump"
story_end
END
ENGINES_ENV="sqlite postgres" run_inner 0 "a story runs on both engines" both
equal "its dumps are compared" "$(last_line)" "3 passed, 0 failed"
stdout_has "one by one" "ok - both: 1 dumps of PostgreSQL are those of SQLite"
for body in 'echo "$STORY_ENGINE" >"$STORY_DIR/dump"' 'on_postgres || keep_dump second "$STORY_DIR/dump"' \
    'on_postgres || { echo "story both 1 passed, 0 failed"; trap - EXIT; exit 0; }'; do
    { echo 'ok "a check"'; echo 'echo same >"$STORY_DIR/dump"'; echo "$body"; echo 'keep_dump first "$STORY_DIR/dump"'; echo story_end; } | write_story both
    ENGINES_ENV="sqlite postgres" run_inner 1 "a difference fails: $body" both
    stdout_has "and is shown" "not ok - both: the dumps of PostgreSQL are those of SQLite"
done
{ echo "# Once: a reason."; cat "$inner/both.sh"; } >"$inner/once.sh"
ENGINES_ENV="sqlite postgres" run_inner 0 "a story that says so runs once" once
equal "on SQLite" "$(last_line)" "1 passed, 0 failed"

story_end
