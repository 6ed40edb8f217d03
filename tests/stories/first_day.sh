# What is paid in advance is due the midnight before its first day, on an invoice that is dated the day before: it
# is taxed by the rate of the first day that it covers, and a coupon that is redeemed on that day holds for it.
# What the same invoice charges in arrears keeps the rate of its last day. Every figure is worked out by hand.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
mill=$STORY_DIR/mill
data=$STORY_DIR/data.jsonl
cat >"$data" <<'DATA'
{"record":"tenant","tenant":"t","legal_name":"T GmbH","address":{"city":"Berlin"},"country":"DE","currency":"EUR","timezone":"Europe/Berlin","locale":"de-DE"}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2020-07-01","valid_to":"2026-11-01","rate_percent":"16","name":"USt."}
{"record":"tax_rate","tenant":"*","country":"DE","category":"standard","valid_from":"2026-11-01","rate_percent":"19","name":"USt."}
{"record":"product","tenant":"t","product":"p","name":"Platz"}
{"record":"plan","tenant":"t","plan":"m","name":"Monat","interval":"month"}
{"record":"price","tenant":"t","price":"before","plan":"m","product":"p","model":"flat","currency":"EUR","valid_from":"2020-01-01","billing":"in_advance","flat_fee":"30"}
{"record":"price","tenant":"t","price":"behind","plan":"m","product":"p","model":"flat","currency":"EUR","valid_from":"2020-01-01","billing":"in_arrears","flat_fee":"10"}
{"record":"customer","tenant":"t","customer":"c","name":"Kunde","address":{"country":"DE"}}
{"record":"subscription","tenant":"t","subscription":"s","customer":"c","plan":"m","start":"2026-10-01"}
{"record":"coupon","tenant":"t","coupon":"tenth","percent":"10"}
{"record":"coupon_redemption","tenant":"t","customer":"c","coupon":"tenth","at":"2026-10-01"}
DATA

# A line: what of it is left without tax, its tax; a tax: rate, base, tax.
figures() {
    jq -r 'select(.record == "invoice") | "\(.cutoff):"
        + ([.lines[] | " \(.price) \(.amount)-\(.discount)+\(.tax)"] | join(""))
        + ([.taxes[] | " \(.rate_percent)%\(.base)=\(.tax)"] | join("")) + " \(.total)"' "$1"
}

round_new "$mill"
mill "$mill" init >/dev/null 2>&1
run 0 "the data are imported" -- mill "$mill" import "$data"
run 0 "October is closed" -- mill "$mill" close --period 2026-10
run 0 "and November" -- mill "$mill" close --period 2026-11
mill "$mill" dump --out "$mill/all.jsonl" >/dev/null
equal "each line has the rate of its day, and the first fee its coupon" "$(figures "$mill/all.jsonl")" \
    "2026-09-30: before 30.00-3.00+4.32 16%27.00=4.32 31.32
2026-10-31: before 30.00-0.00+5.70 behind 10.00-0.00+1.60 19%30.00=5.70 16%10.00=1.60 47.30
2026-11-30: before 30.00-0.00+5.70 behind 10.00-0.00+1.90 19%40.00=7.60 47.60"
for number in INV-2026-000001 INV-2026-000002 INV-2026-000003; do
    run 0 "$number is explained without a difference" -- mill "$mill" explain "$number"
done
run 0 "it comes out the same in another language" -- python3 tests/support/recompute.py "$mill/all.jsonl" "$mill/data/documents"
keep_dump november "$mill/all.jsonl"
story_end
