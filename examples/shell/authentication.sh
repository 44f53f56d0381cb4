#!/bin/sh
# A test in plain shell: an AMF, made of curl, asks the real AUSF for a challenge. Needs curl with HTTP/2.
#
#   authentication.sh DIRECTORY     where twincore-plmn has written plmn.env (docs/testing-your-nf.md)
set -eu
PLMN_DIR=$1
. "$PLMN_DIR/plmn.env"

fail() {
  echo "not ok - $*" >&2
  exit 1
}

# sbi EXPECTED_STATUS CURL_ARGUMENTS: the answer's body on standard output
sbi() {
  expected=$1; shift
  body=$(mktemp)
  # shellcheck disable=SC2086 # RESOLVE is several arguments
  status=$(curl --silent --show-error --http2 $RESOLVE --cacert "$CA" --cert "$AMF_CLIENT_CERT" --key "$AMF_CLIENT_KEY" \
    --output "$body" --write-out '%{http_code} %{http_version}' "$@") || fail "curl $*"
  answer=$(cat "$body"); rm "$body"
  [ "$status" = "$expected 2" ] || fail "status and HTTP version $status, expected $expected 2: $answer"
  printf '%s' "$answer"
}

member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

token=$(sbi 200 "$NRF_API_ROOT/oauth2/token" --data grant_type=client_credentials \
  --data nfInstanceId="$AMF_CLIENT_INSTANCE_ID" --data nfType=AMF --data targetNfType=AUSF --data scope=nausf-auth |
  member access_token)
[ -n "$token" ] || fail 'no access_token in the answer of the NRF'
echo 'ok - the NRF issues a token to a registered AMF'

sbi 400 "$NRF_API_ROOT/oauth2/token" --data grant_type=client_credentials \
  --data nfInstanceId="$AMF_CLIENT_INSTANCE_ID" --data nfType=AMF --data targetNfType=UDR --data scope=nudr-dr >/dev/null
echo 'ok - and none for what is not open to AMFs'

producers=$(sbi 200 "$NRF_API_ROOT/nnrf-disc/v1/nf-instances?target-nf-type=AUSF&requester-nf-type=AMF&service-names=nausf-auth")
case $producers in *"$AUSF_INSTANCE_ID"*) echo 'ok - the NRF knows the AUSF' ;; *) fail "no AUSF in $producers" ;; esac

authenticate() { # EXPECTED_STATUS CURL_ARGUMENTS
  expected=$1; shift
  sbi "$expected" "$AUSF_API_ROOT/nausf-auth/v1/ue-authentications" --header 'content-type: application/json' \
    --data "{\"supiOrSuci\":\"$SUPI\",\"servingNetworkName\":\"5G:mnc001.mcc001.3gppnetwork.org\"}" "$@"
}
rand=$(authenticate 201 --header "authorization: Bearer $token" | member rand)
[ "${#rand}" -eq 32 ] || fail "RAND is $rand"
echo 'ok - the AUSF gives a challenge'

authenticate 401 >/dev/null
echo 'ok - and none without a token'
