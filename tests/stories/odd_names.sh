# Two tenants whose names look alike in a path: no document takes the place of another's.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
data=$STORY_DIR/data
mkdir "$data"
for file in tests/fixtures/fault/*.jsonl; do
    sed 's/nordwind/a.b/g; s/westfield/a_b/g' "$file" >"$data/$(basename "$file")"
done
fault_begin "$data" 3
equal "a document for each numbered invoice" "$(find "$STORY_DIR/gold/data/documents" -name '*.pdf' | wc -l)" \
    "$(jq -r 'select(.record == "invoice" and .number != null) | .number' "$GOLD" | wc -l)"
equal "with the bytes that the database knows" "$(sed 's/ .*//' "$GOLD.documents" | sort)" \
    "$(jq -r 'select(.record == "invoice") | .pdf_sha256 // empty' "$GOLD" | sort)"

for name in .. . ../../up 'a b' '%41' 'a/b' 'ä'; do
    for file in tests/fixtures/fault/*.jsonl; do
        sed "s#nordwind#$name#g" "$file" >"$data/$(basename "$file")"
    done
    round_new "$STORY_DIR/round"
    mill "$STORY_DIR/round" init >/dev/null
    # shellcheck disable=SC2046
    if mill "$STORY_DIR/round" import $(demo_files "$data") >/dev/null 2>"$STORY_ERR"; then
        run 3 "tenant '$name'" -- mill "$STORY_DIR/round" close --period $PERIOD
        equal "tenant '$name': all documents are two folders below theirs" \
            "$(cd "$STORY_DIR/round/data/documents" && find . -name '*.pdf' | awk -F/ 'NF != 5' | wc -l)-$(find "$STORY_DIR/round" -name '*.pdf' | wc -l)" "0-11"
    else
        ok "tenant '$name' is refused: $(head -n 1 "$STORY_ERR" | cut -c -150)"
    fi
done
story_end
