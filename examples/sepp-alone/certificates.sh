#!/bin/sh
# A CA for each of two operators, and a certificate for the SEPP of each (TS 33.310 6.1.3c, RFC 9310). Needs openssl.
set -eu

operator() { # directory, MCC, MNC of three digits, instance id
  fqdn="sepp.5gc.mnc$3.mcc$2.3gppnetwork.org"
  mkdir -p "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/O=$1/CN=CA of $1" \
    -addext "keyUsage = critical, keyCertSign, cRLSign" -keyout "$1/ca.key" -out "$1/ca.crt"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$fqdn" -keyout "$1/sepp.key" -out "$1/sepp.csr"
  cat > "$1/sepp.ext" <<EXT
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:$fqdn, DNS:*.$fqdn, URI:urn:uuid:$4
1.3.6.1.5.5.7.1.34 = ASN1:SEQUENCE:nf_types
[nf_types]
sepp = IA5STRING:SEPP
EXT
  openssl x509 -req -in "$1/sepp.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -days 90 -extfile "$1/sepp.ext" \
    -out "$1/sepp.crt"
}

operator home 001 001 9a1d7c52-3f0e-4b64-8d6a-51c5f3a0e001
operator visited 999 070 3f1c0f5e-6d0b-4d7a-9a52-0f6f3c1a7b10
