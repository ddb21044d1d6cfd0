#!/usr/bin/env bash
# A HIS at work with the diagnosis centre: order, wait, read, download, cancel, verify. bash >= 4.2 and curl >= 7.71.
#
# bash curl.sh URL KEY order ACCESSION QUESTION [ORDER_NUMBER]   the whole job, until the SR lies in this folder
# bash curl.sh URL KEY cancel ORDER_ID
# bash curl.sh verify SECRET ID TIMESTAMP SIGNATURE < body       of a webhook message (needs openssl)
#
# It takes JSON apart by the names of its fields, which holds for this interface; where jq is installed, use jq.
set -euo pipefail

readonly cursor_file=consilium.cursor wait_s=${CONSILIUM_WAIT_S:-600} poll_s=2
body=''

fail() { printf '%s\n' "$*" >&2; exit 1; }

# call METHOD PATH [curl options]: the answer into $body. The key stays out of the list of processes.
# Every call of this interface may be repeated, so a lost answer is asked for again.
call() {
    local method=$1 path=$2 file status
    shift 2
    file=$(mktemp)
    if ! status=$(curl --silent --show-error --retry 5 --retry-all-errors --max-time 60 --request "$method" \
        --header @<(printf 'Authorization: Bearer %s\n' "$key") --header 'Content-Type: application/json' \
        --output "$file" --write-out '%{http_code}' "$@" "$url$path"); then
        rm -f "$file"
        fail "no answer from $url$path"
    fi
    body=$(<"$file")
    rm -f "$file"
    [[ $status == 2?? ]] || fail "$(text title): $(text detail) ($(text code), trace $(text trace_id)) HTTP $status"
}

# raw NAME [JSON]: the first value of that name, as JSON writes it. A quote inside a JSON string is escaped, so
# "NAME": can only be a field.
raw() {
    local json=${2-$body} pattern="\"$1\"[[:space:]]*:[[:space:]]*(\"(([^\"\\\\]|\\\\.)*)\"|[^][{}\",[:space:]]+)"
    [[ $json =~ $pattern ]] || return 0
    if [[ ${BASH_REMATCH[1]} == \"* ]]; then printf '%s' "${BASH_REMATCH[2]}"; else printf '%s' "${BASH_REMATCH[1]}"; fi
}

# text NAME [JSON]: the same with its escapes undone; nothing for null.
text() {
    local value
    value=$(raw "$@")
    [[ $value == null ]] || printf '%b' "${value//\\\"/\"}"
}

# quoted TEXT: as a JSON string.
quoted() {
    local value=${1//\\/\\\\}
    value=${value//\"/\\\"} value=${value//$'\n'/\\n} value=${value//$'\r'/\\r} value=${value//$'\t'/\\t}
    printf '"%s"' "$value"
}

# items FIRST [JSON]: the members of a list, one a line. FIRST: how each begins.
items() {
    local first=$1 json=${2-$body}
    json=${json//$'\n'/ }
    printf '%s\n' "${json//"$first"/$'\n'$first}" | sed 1d
}

place_order() {
    local accession=$1 question=$2 number=${3:-$(new_number)}
    call POST /api/v1/orders --header "Idempotency-Key: $number" --data-binary @- <<JSON
{"accession_number": $(quoted "$accession"), "exam_class": "outpatient", "priority": "medium",
 "question": $(quoted "$question")}
JSON
    order_id=$(text id)
    local matching=${body#*\"matching\"}
    printf 'order %s %s: %s\n' "$order_id" "$(text state)" "$(text text "$matching")"
}

# An order number that nobody else has; a HIS takes its own and stores it before it calls.
new_number() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# read_events: one page behind the stored cursor; true when one was about this order or more are waiting. The cursor is
# stored after the page was worked off: a crash repeats a page and never skips one.
read_events() {
    local after='' event is_ours=1
    [[ ! -s $cursor_file ]] || after="?after=$(<"$cursor_file")"
    call GET "/api/v1/events$after"
    while IFS= read -r event; do
        if [[ $(text order_id "$event") == "$order_id" ]] ||
            [[ -n $study_uid && $(text study_instance_uid "$event") == "$study_uid" ]]; then
            is_ours=0
            printf 'event %s: %s\n' "$(text kind "$event")" "$(text text "$event")"
        fi
    done < <(items '{"cursor":')
    [[ $(raw more) != true ]] || is_ours=0
    text next > "$cursor_file.new"
    mv "$cursor_file.new" "$cursor_file"
    return $is_ours
}

# look: true when the order has ended and each of its analyses has its SR, or is not released.
look() {
    call GET "/api/v1/orders/$order_id"
    order=$body state=$(text state) study_uid=$(text study_instance_uid)
    case $state in
        requested | matched | analysing) return 1 ;;
        cancelled) return 0 ;;
    esac
    analyses=()
    call GET "/api/v1/analyses?study_instance_uid=$study_uid&limit=200"
    local analysis
    while IFS= read -r analysis; do
        case $(text state "$analysis") in concluded | refused | failed) analyses+=("$(text id "$analysis")") ;; esac
    done < <(items '{"id":')
    for analysis in "${analyses[@]}"; do
        call GET "/api/v1/analyses/$analysis"
        [[ $(raw released) == false || -n $(report) ]] || return 1
    done
}

# report: of the analysis in $body, its DICOM SR.
report() { items '{"id":' | grep -F '"kind":"SR"' | head -n 1 || true; }

show_analysis() {
    call GET "/api/v1/analyses/$1"
    local analysis=$body finding outcome sr uid package=${body#*\"package\"}
    outcome=$(text outcome)
    [[ -n $outcome || $(raw released) == true ]] || outcome=not-released
    printf 'analysis %s %s %s %s\n' "$1" "$(text name "$package")" "$(text version "$package")" "$outcome"
    [[ -z $(text reason_text) ]] || printf 'reason %s: %s\n' "$(text reason)" "$(text reason_text)"
    case $outcome in findings | no_finding)
        call GET "/api/v1/analyses/$1/findings"
        while IFS= read -r finding; do
            printf 'finding %s %s %s: %s\n' "$(raw number "$finding")" "$(text scheme "$finding")" \
                "$(text value "$finding")" "$(text text "$finding")"
        done < <(items '{"id":')
    esac
    body=$analysis
    local name
    for name in findings_text impression_text; do
        [[ -z $(text $name) ]] || printf '%s:\n%s\n' $name "$(text $name)"
    done
    sr=$(report)
    [[ -z $sr ]] || download "$(text href "$sr")" "$(text sop_instance_uid "$sr").dcm"
}

download() {
    curl --silent --show-error --fail --retry 5 --retry-all-errors --max-time 600 \
        --header @<(printf 'Authorization: Bearer %s\n' "$key") --output "$2" "$url$1"
    printf 'saved %s %s bytes\n' "$2" "$(($(wc -c < "$2")))"
}

run_order() {
    place_order "$@"
    local study_uid='' state order analyses=() deadline=$((SECONDS + wait_s)) analysis
    until look; do
        until read_events; do
            ((SECONDS < deadline)) || fail "order $order_id is $(text state_text "$order"), waiting ended"
            sleep $poll_s
        done
    done
    printf 'order %s %s: %s\n' "$order_id" "$state" "$(text state_text "$order")"
    [[ $state != cancelled ]] || return 0
    call GET "/api/v1/studies/$study_uid"
    local received=${body#*\"received\"} examination=${body#*\"examination\"}
    printf 'study %s %s %s: %s\n' "$study_uid" "$(text state)" "$(text text "$received")" "$(text text "$examination")"
    for analysis in "${analyses[@]}"; do show_analysis "$analysis"; done
}

# is_genuine SECRET ID TIMESTAMP SIGNATURES < body: Standard Webhooks 1.0.0. The signatures are the header as it came.
# For a look by hand: the secret shows in the list of processes. A receiver is webhook_receiver.py.
is_genuine() {
    local key_hex expected given
    key_hex=$(printf '%s' "${1#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
    expected=v1,$({ printf '%s.%s.' "$2" "$3"; cat; } |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key_hex" -binary | base64)
    for given in $4; do [[ $given != "$expected" ]] || return 0; done
    return 1
}

if [[ ${1-} == verify && $# == 5 ]]; then
    is_genuine "${@:2}" || { echo 'not genuine'; exit 1; }
    echo genuine
    exit
fi
url=${1-} key=${2-}
url=${url%/}
case "${3-} $#" in
    'order 5' | 'order 6') run_order "${@:4}" ;;
    'cancel 4')
        call DELETE "/api/v1/orders/$4"
        printf 'order %s %s: %s\n' "$(text id)" "$(text state)" "$(text state_text)"
        ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
