package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
)

// SecretKey is the key of the Secret that has the private key.
const SecretKey = "seal.pem"

// Keys are public keys by their names.
type Keys map[string]ed25519.PublicKey

// KeyID is the name of a public key in seals.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// PrivateKey reads what openssl genpkey -algorithm ed25519 writes. No error has a part of it.
func PrivateKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is no PEM")
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if key, ok := key.(ed25519.PrivateKey); ok {
			return key, nil
		}
	}
	return nil, errors.New("it is no private key of Ed25519 in PKCS 8")
}

// AddPEM takes what openssl pkey -pubout writes.
func (k Keys) AddPEM(text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("it is no PEM")
	}
	if key, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		if key, ok := key.(ed25519.PublicKey); ok {
			k[KeyID(key)] = key
			return nil
		}
	}
	return errors.New("it is no public key of Ed25519")
}

// verify says whether somebody with one of the keys has signed a seal.
func (k Keys) verify(s Seal) error {
	key, known := k[s.Key]
	if !known {
		return errors.New("it is signed with another key, " + s.Key)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(s.Signature)
	if err != nil || !ed25519.Verify(key, s.signed(), signature) {
		return errors.New("its signature is wrong: it was edited")
	}
	return nil
}
