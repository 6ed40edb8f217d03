# Where no thread can be started mails wait, and nothing else does. A run of dispatch that is stopped while a mail server keeps silent waits half a minute. What the server cannot have is sent
# later, as if nothing had been; of what it may have a person decides.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
. tests/support/records.sh
. tests/support/smtp.sh
story_begin

catalog() {
    berlin
    monthly_fee
    customer stall stall-then-250@example.test
    customer silent silent-then-250@example.test
}
customer() { # NAME EMAIL: he owes 119.00 for October
    record customer "\"customer\":\"$1\"" "\"name\":\"$1\"" '"address":{"country":"DE"}' '"locale":"en-GB"' "\"email\":\"$2\""
    record subscription "\"subscription\":\"$1\"" "\"customer\":\"$1\"" '"plan":"m"' '"start":"2026-10-01"' '"cancel_at":"2026-11-01"'
}
mails() { # CUSTOMER STATE OUTCOME CODE ATTEMPTS
    round_sql "$round" "SELECT c.customer, e.state, COALESCE(e.outcome, '-'), COALESCE(e.code, '-'), e.attempts FROM effect e
        JOIN invoice i ON i.tenant_id = e.tenant_id AND i.number = e.subject
        JOIN customer c ON c.tenant_id = i.tenant_id AND c.customer_id = i.customer_id WHERE e.kind = 'mail' ORDER BY c.customer" | tr '|' ' '
}
came() { # what arrived
    jq -r 'select(.stored) | .script' "$MAILS/log" | sort | uniq -c | tr -s ' '
}

round=$STORY_DIR/stopped
begin "$round"
run 0 "October is closed" -- mill "$round" close --period 2026-10
smtp_start
python3 -B tests/support/webhook_server.py "$STORY_DIR/port" "$STORY_DIR/endpoint.log" whsec-1 &
server_pid=$!
trap 'kill $server_pid; smtp_stop; story_finish' EXIT
for ((tries = 0; tries < 100; tries++)); do
    [ ! -e "$STORY_DIR/port" ] || break
    sleep 0.1
done
(umask 077 && echo whsec-1 >"$STORY_DIR/secret")
endpoint="  endpoints:\\n    - name: erp\\n      url: http://127.0.0.1:$(cat "$STORY_DIR/port")/200\\n      secret: {file: $STORY_DIR/secret}\\n      since: \"2026-10-01\""
sed -i "s|^webhooks: {}$|webhooks:\\n$endpoint|" "$round/config/billmill.yaml"
settings=$(printf '  %s\\n' "since: 2026-10-01" "server: smtp://$SMTP" "from: billing@acme.test" "lost: hold")
sed -i "/^  lost:/d; s|^mail:$|mail:\\n$settings|" "$round/config/billmill.yaml"
sed -i 's/^wait_s:.*/wait_s: 3/' "$round/config/jobs/dispatch.yaml"
run 0 "two mails are intended" -- mill "$round" run invoice-mail --date 2026-11-01
run 0 "and two events" -- mill "$round" run webhook-events --date 2026-11-01
at "$round"
# A thread gets as much stack as a process may have: so much there is not.
run 75 "no thread can be started" -- bash -c 'ulimit -s 100000000000 && exec "$@"' - "${MILL_AT[@]}" run dispatch --date 2026-11-01
stderr_has "which is said" "calls wait for room: no thread can be started now"
equal "mails wait; that was no attempt" "$(mails)" "\
silent intent - - 0
stall intent - - 0"
round_sql_is "all else is sent" "$round" "SELECT state, COUNT(*) FROM effect WHERE kind = 'webhook' GROUP BY state" "done|2"
"${MILL_AT[@]}" resume >"$round/out.txt" 2>"$round/err.txt" &
pid=$!
for ((tries = 0; tries < 200; tries++)); do
    [ "$(grep -cE '"step": "(stall|silent)"' "$MAILS/log" 2>/dev/null)" != 2 ] || break
    sleep 0.1
done
kill -TERM $pid
wait $pid
equal "a signal stops it" "$?" 143
equal "what the server said nothing to before the mail was sent is to be sent; of the other nobody knows" "$(mails)" "\
silent unknown - stopped 1
stall intent - stopped 1"
run 3 "resumed" -- mill "$round" resume
equal "it sends the one, and asks a person about the other" "$(mails)" "\
silent held - undecidable 1
stall done sent - 2"
equal "each arrived once" "$(came)" " 1 silent-then-250@example.test
 1 stall-then-250@example.test"
run 0 "both tries of the one are shown" -- mill "$round" effects show "$(round_sql "$round" "SELECT effect_key FROM effect WHERE kind = 'mail' AND state = 'done'")"
stdout_has "the first one with its reason" "this process had to end before all was said"
smtp_stop
story_end
