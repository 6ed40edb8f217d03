# The mail server of a story. Sourced after story.sh.
# shellcheck shell=bash

MAILS=$STORY_DIR/mails # NNNNNN.eml and log: see smtp_server.py
SMTP_CERTIFICATE=$STORY_DIR/smtp-cert.pem
SMTP_KEY=$STORY_DIR/smtp-key.pem

smtp_certificate() { # of localhost, signed by itself
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$SMTP_KEY" -out "$SMTP_CERTIFICATE" -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
}

smtp_authority() { # of its own, which signs the server's
    SMTP_AUTHORITY=$STORY_DIR/smtp-ca.pem
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$STORY_DIR/smtp-ca-key.pem" -out "$SMTP_AUTHORITY" -days 2 \
        -subj "/CN=an authority" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -keyout "$SMTP_KEY" -out "$STORY_DIR/smtp.csr" -subj /CN=localhost 2>/dev/null
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$STORY_DIR/smtp.ext"
    openssl x509 -req -in "$STORY_DIR/smtp.csr" -CA "$SMTP_AUTHORITY" -CAkey "$STORY_DIR/smtp-ca-key.pem" -CAcreateserial \
        -out "$SMTP_CERTIFICATE" -days 2 -extfile "$STORY_DIR/smtp.ext" 2>/dev/null
}

smtp_start() { # [CERTIFICATE KEY]: ends with the story; started again it goes on from its log
    local tries
    rm -f "$STORY_DIR/smtp.port"
    python3 -B tests/support/smtp_server.py "$STORY_DIR/smtp.port" "$MAILS" "$@" &
    smtp_pid=$!
    trap 'smtp_stop; story_finish' EXIT
    for ((tries = 0; tries < 300; tries++)); do
        [ ! -e "$STORY_DIR/smtp.port" ] || break
        sleep 0.1
    done
    # shellcheck disable=SC2034 # for the story
    SMTP=127.0.0.1:$(cat "$STORY_DIR/smtp.port")
}

smtp_stop() { # [SIGNAL]
    kill "-${1:-TERM}" "$smtp_pid" 2>/dev/null
    wait "$smtp_pid" 2>/dev/null
}
