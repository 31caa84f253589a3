#!/bin/sh
# Makes the certificates and keys of the tests anew, valid until 2076. They protect nothing: no secret of anybody is in here.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }
# sign NAME SUBJECT ISSUER EXTENSIONS [FROM TO]
sign() {
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$work/$1.csr"
  printf '%s\n' "$4" >"$work/$1.ext"
  : >"$work/index.txt"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\norganizationName=optional\n' "$work" "$work" >"$work/ca.cnf"
  from=${5:-20250101000000Z} to=${6:-20760101000000Z}
  if [ "$3" = self ]; then issuer="-selfsign -keyfile $1.key"; else issuer="-cert $3.pem -keyfile $3.key"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" $issuer -in "$work/$1.csr" -out "$1.pem" -extfile "$work/$1.ext" -startdate "$from" -enddate "$to" 2>/dev/null
}

here='subjectAltName=DNS:localhost,IP:127.0.0.1'
sign root '/O=Example Corp/CN=Example Corp Root CA' self 'basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
sign intermediate '/O=Example Corp/CN=Example Corp Issuing CA' root 'basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
sign server '/CN=localhost' intermediate "$here"
sign expired '/CN=localhost' root "$here" 20200101000000Z 20210101000000Z
sign other-name '/CN=git.example.com' root 'subjectAltName=DNS:git.example.com'
sign self-signed '/CN=localhost' self "$here"
sign stranger '/O=Somebody Else/CN=Somebody Else CA' self 'basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
rm -f root.key intermediate.key stranger.key
