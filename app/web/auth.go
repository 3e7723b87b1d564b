package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// onlyOperators lets requests with the operators' name and password through to
// next, and answers any other with 401, whatever its path or method.
func onlyOperators(user, password string, next http.Handler) http.Handler {
	// Hashing first makes both sides equally long, so that the comparison's
	// time tells nothing, not even a length.
	wantUser, wantPassword := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, secret, _ := r.BasicAuth()
		gotUser, gotPassword := sha256.Sum256([]byte(name)), sha256.Sum256([]byte(secret))
		// Both comparisons are always made: & does not stop early.
		ok := subtle.ConstantTimeCompare(gotUser[:], wantUser[:]) &
			subtle.ConstantTimeCompare(gotPassword[:], wantPassword[:])
		if ok == 1 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="ferry", charset="UTF-8"`)
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write(appendError(nil, "Sign in with the operators' name and password"))
	})
}
