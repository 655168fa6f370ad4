#!/bin/sh
# Checks this folder with openssl, sha256sum, gzip, awk and standard tools. Exit code 0: all of it holds.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

fail() {
    printf 'FAILED: %s\n' "$1" >&2
    exit 11
}

for tool in openssl sha256sum gzip awk od sed tr grep find sort cmp; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is not installed"
done

work="${TMPDIR:-/tmp}/verify-$$"
mkdir -m 700 "$work" || fail "no temporary directory"
trap 'rm -rf "$work"' EXIT
trap 'exit 12' HUP INT TERM

hash_of() {
    sha256sum <"$1" | cut -d ' ' -f 1
}

# 1. Nothing here was changed, added or removed.
[ -z "$(find . ! -type f ! -type d)" ] || fail "there is something that is neither a file nor a folder"
find . -type f ! -name SHA256SUMS | sort | xargs sha256sum >"$work/sums"
cmp -s "$work/sums" SHA256SUMS || fail "a file was changed, added or removed (compare with SHA256SUMS)"

# 2. Each key has the fingerprint that it is named after.
keys=0
for key in keys/*.pem; do
    [ -f "$key" ] || continue
    name=${key#keys/}
    print=$(openssl rsa -pubin -in "$key" -RSAPublicKey_out -outform DER 2>/dev/null | openssl dgst -md5 -r | cut -d ' ' -f 1)
    [ "$print" = "${name%.pem}" ] || fail "$key has another fingerprint: $print"
    keys=$((keys + 1))
done

# 3. Each digest was signed with its key, is the content that was signed, and names the digest before it.
tab=$(printf '\t')
digests=0
while IFS="$tab" read -r number key before place; do
    digest="digests/$number"
    gzip -dc "$digest.json.gz" >"$work/digest" 2>/dev/null || fail "$digest.json.gz cannot be unpacked"
    [ "$(sed -n 2p "$digest.signed")" = "$place" ] || fail "$digest was signed for another place"
    [ "$(sed -n 3p "$digest.signed")" = "$(hash_of "$work/digest")" ] || fail "$digest.json.gz is not what was signed"
    grep -F "\"$key\"" "$work/digest" >/dev/null || fail "$digest names another key"
    openssl dgst -sha256 -verify "keys/$key.pem" -signature "$digest.signature" "$digest.signed" >/dev/null 2>&1 ||
        fail "$digest: the signature is wrong ($place)"
    if [ "$before" != - ]; then
        signature=$(od -An -v -tx1 <"digests/$before.signature" | tr -d ' \n')
        [ "$(sed -n 4p "$digest.signed")" = "$signature" ] || fail "$digest does not follow digests/$before"
    fi
    digests=$((digests + 1))
done <DIGESTS

# 4. Each log file is the one that a digest names, and each record stands in its log file.
logs=0
records=0
while IFS="$tab" read -r number digest hash place; do
    gzip -dc "logs/$number.json.gz" >"$work/log" 2>/dev/null || fail "logs/$number.json.gz cannot be unpacked"
    [ "$(hash_of "$work/log")" = "$hash" ] || fail "logs/$number.json.gz has another hash ($place)"
    gzip -dc "digests/$digest.json.gz" | tr '{}' '\n\n' | grep -F "\"$place\"" | grep -F "\"$hash\"" >/dev/null ||
        fail "digests/$digest does not name logs/$number with this hash ($place)"
    tr -d '\r\n' <"$work/log" >"$work/line"
    echo >>"$work/line"
    awk 'NR == FNR { text = $0; next }
        index(text, "[" $0) == 0 && index(text, "," $0) == 0 { wrong = 13 }
        END { exit wrong }' "$work/line" "records/$number.jsonl" || fail "a record is not in logs/$number.json.gz"
    records=$((records + $(awk 'END { print NR }' "records/$number.jsonl")))
    logs=$((logs + 1))
done <LOGS

printf 'All of it holds: %s digests signed with %s keys, %s log files, %s records.\n' "$digests" "$keys" "$logs" "$records"
printf 'That the keys are AWS'\''s own, see with AWS:\n'
for key in keys/*.pem; do
    [ -f "$key" ] || continue
    name=${key#keys/}
    printf '  %s\n' "${name%.pem}"
done
printf '  aws cloudtrail list-public-keys --start-time TIME --end-time TIME --region REGION --query "PublicKeyList[].Fingerprint"\n'
