# Connecting to PostgreSQL: TLS with verify-full, a password from a file, a service, several hosts, a server
# that does not answer. Right is accepted; what is wrong ends with exit 69 and says what, without passwords.
# Once: it has a server of its own, with TLS.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config

private_server

# ------------------------------------------------------------------ certificates, a port, a password

keys=$STORY_DIR/keys
mkdir "$keys"
authority() { # NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$keys/$1.key" -out "$keys/$1.crt" 2>/dev/null
}
authority right
authority wrong
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=db.test -keyout "$keys/server.key" -out "$keys/server.csr" 2>/dev/null
openssl x509 -req -days 2 -in "$keys/server.csr" -CA "$keys/right.crt" -CAkey "$keys/right.key" -CAcreateserial \
    -extfile <(echo "subjectAltName=DNS:db.test") -out "$keys/server.crt" 2>/dev/null
check "there is a certificate for db.test" -- openssl verify -CAfile "$keys/right.crt" "$keys/server.crt"

data=$(cat "$POSTGRES_DIR/data")
owner=$(stat -c %U "$data")
install -m 600 -o "$owner" "$keys/server.key" "$keys/server.crt" "$data/"
port=$((20000 + RANDOM % 20000))
plain=$(server database plain)
for setting in "ssl = on" "ssl_cert_file = 'server.crt'" "ssl_key_file = 'server.key'" "listen_addresses = '127.0.0.1'" "port = $port"; do
    sql "$plain" "ALTER SYSTEM SET $setting"
done
sql "$plain" "CREATE ROLE biller LOGIN PASSWORD 'geheim:wort'" "CREATE DATABASE tls OWNER biller"
printf 'hostssl all biller 127.0.0.1/32 scram-sha-256\nlocal all all trust\n' >"$data/pg_hba.conf"
server restart

# ------------------------------------------------------------------ what is accepted, and what is not

# PARAMETERS are those behind hostaddr; HOST is what the certificate has to be for.
at() { # HOST PARAMETERS [PASSWORD]
    BILLMILL_DATABASE="postgresql://biller:${3:-geheim%3Awort}@$1:$port/tls?hostaddr=127.0.0.1&$2"
}
refused() { # NAME TEXT…: any of the texts
    local name=$1 text
    shift
    run 69 "$name" -- billmill status
    text=$(printf '%s|' "$@")
    check "$name: it says what" -- grep -qE "${text%|}" "$STORY_ERR"
    check "$name: and no password" -- sh -c "! grep -q -e geheim -e falsch '$STORY_ERR' '$STORY_OUT'"
}
at db.test "sslmode=verify-full&sslrootcert=$keys/right.crt"
run 0 "the right authority and the right name" -- billmill init
check "no password is shown" -- sh -c "! grep -q geheim '$STORY_ERR' '$STORY_OUT'"
run 0 "and again" -- billmill status

at other.test "sslmode=verify-full&sslrootcert=$keys/right.crt"
refused "another name" 'server certificate for "db.test" does not match host name "other.test"'
at db.test "sslmode=verify-full&sslrootcert=$keys/wrong.crt"
refused "another authority" "certificate verify failed"
at db.test "sslmode=verify-full&sslrootcert=$keys/none.crt"
refused "an authority that is not there" 'root certificate file ".*none.crt" does not exist'
at db.test "sslmode=disable"
refused "without TLS, which the server wants" "no pg_hba.conf entry for host"
at db.test "sslmode=require" falsch
refused "a wrong password" "password authentication failed"
BILLMILL_DATABASE="postgresql://biller@db.test:$port/tls?hostaddr=127.0.0.1"
refused "no password" "no password supplied"
BILLMILL_DATABASE="postgresql://biller:geheim%zz@db.test:$port/tls"
run 78 "an address that is none" -- billmill status
check "is not repeated" -- sh -c "! grep -q geheim '$STORY_ERR'"

# ------------------------------------------------------------------ files of libpq

echo "db.test:$port:tls:biller:geheim\\:wort" >"$STORY_DIR/passfile"
chmod 600 "$STORY_DIR/passfile"
BILLMILL_DATABASE="postgresql://biller@db.test:$port/tls?hostaddr=127.0.0.1&sslmode=require&passfile=$STORY_DIR/passfile"
run 0 "a password from a file" -- billmill status
cat >"$STORY_DIR/services" <<END_OF_SERVICES
[billing]
host=db.test
hostaddr=127.0.0.1
port=$port
dbname=tls
user=biller
sslmode=verify-full
sslrootcert=$keys/right.crt
passfile=$STORY_DIR/passfile
END_OF_SERVICES
export PGSERVICEFILE=$STORY_DIR/services
BILLMILL_DATABASE="postgresql:///?service=billing"
run 0 "a service" -- billmill status
run 0 "works for a whole run" -- billmill import --quiet tests/fixtures/reading/records.jsonl
BILLMILL_DATABASE="postgresql:///?service=none"
run 69 "a service that is not there" -- billmill status
stderr_has "is named" 'cannot connect to the database: definition of service "none" not found'

# ------------------------------------------------------------------ who does not answer

# A port that takes connections and says nothing.
python3 -c "
import socket, time
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
time.sleep(60)" >"$STORY_DIR/silent" &
silent=$!
until [ -s "$STORY_DIR/silent" ] || ! kill -0 $silent; do sleep 0.05; done
BILLMILL_DATABASE="postgresql://biller@127.0.0.1:$(cat "$STORY_DIR/silent")/tls?connect_timeout=2"
begun=${EPOCHREALTIME/./}
run 69 "a server that says nothing" -- billmill status
between "is given up after the address's own limit (ms)" $(((${EPOCHREALTIME/./} - begun) / 1000)) 1000 8000
stderr_has "and says so" "timeout expired"
kill $silent
BILLMILL_DATABASE="postgresql://biller@127.0.0.1:1,127.0.0.1:$port/tls?sslmode=require&passfile=$STORY_DIR/passfile"
echo "*:$port:tls:biller:geheim\\:wort" >"$STORY_DIR/passfile"
run 0 "the second of two servers, when the first is away" -- billmill status

story_end
