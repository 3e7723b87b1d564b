package web_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"ferry/app/metrics"
	"ferry/app/web"
)

const (
	opsUser     = "ops"
	opsPassword = "correct horse battery"
)

// opsOptions are those of a listener whose database is never reached: the
// pages under test here do not need it.
func opsOptions(t *testing.T, log *logBuffer) web.OpsOptions {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/none")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	reg := prometheus.NewRegistry()
	metrics.New(reg).Build("v1.2.3")
	return web.OpsOptions{
		User: opsUser, Password: opsPassword,
		River:    riverClient(t, pool),
		Gatherer: reg,
		Ready:    func(context.Context) error { return nil },
		Version:  "v1.2.3", Role: "all",
		Log: log.logger(),
	}
}

func riverClient(t *testing.T, pool *pgxpool.Pool) *river.Client[pgx.Tx] {
	t.Helper()
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	require.NoError(t, err)
	return client
}

func startOps(t *testing.T, o web.OpsOptions) string {
	t.Helper()
	server, err := web.NewOps(o)
	require.NoError(t, err)
	return serve(t, server)
}

// operator sends a request with the operators' credentials.
func operator(t *testing.T, method, url string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	require.NoError(t, err)
	req.SetBasicAuth(opsUser, opsPassword)
	return send(t, req, headers...)
}

func TestOpsNeedsCredentialsToStart(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"user", "password"} {
		o := opsOptions(t, newLogBuffer())
		if missing == "user" {
			o.User = ""
		} else {
			o.Password = ""
		}
		_, err := web.NewOps(o)
		require.ErrorContains(t, err, "needs a user and a password")
	}
}

// No path and no method of the operators' listener gives anything to somebody
// without the credentials: not the pages, not an error that tells paths apart.
func TestOpsRefusesStrangersEverywhere(t *testing.T) {
	t.Parallel()
	log := newLogBuffer()
	o := opsOptions(t, log)
	o.Pages = map[string]http.Handler{"/extra/": http.NotFoundHandler()}
	address := strings.TrimPrefix(startOps(t, o), "http://")
	targets := []string{
		"/", "/assets/ops.css", "/healthz", "/readyz", "/metrics", "/extra/", "/api/metrics/whatsapp", "/api/openapi.yaml",
		"/riverui", "/riverui/", "/riverui/api/jobs", "/riverui/api/queues", "/riverui/assets/", "/riverui/favicon.ico",
		"/nowhere", "//", "//riverui/", "/./metrics", "/riverui/../metrics", "/%6detrics", "/metrics?x=1", "/metrics/",
		"/debug/pprof/", "http://" + address + "/metrics", "*",
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
		for _, target := range targets {
			if target == "*" && method != "OPTIONS" {
				continue
			}
			answer := rawRequest(t, address, method, method+" "+target+" HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n")
			require.Equal(t, http.StatusUnauthorized, answer.StatusCode, "%s %s", method, target)
			require.Equal(t, `Basic realm="ferry", charset="UTF-8"`, answer.Header.Get("WWW-Authenticate"))
			if method != "HEAD" {
				require.JSONEq(t, `{"success": false, "error": "Sign in with the operators' name and password"}`, bodyOf(t, answer))
			}
		}
	}
}

// rawRequest writes bytes as they are, past what a client library would mend.
func rawRequest(t *testing.T, address, method, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err)
	return answer
}

func TestOpsCredentials(t *testing.T) {
	t.Parallel()
	url := startOps(t, opsOptions(t, newLogBuffer()))
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tc := range []struct {
		name          string
		authorization string
		want          int
	}{
		{"right", basic(opsUser + ":" + opsPassword), http.StatusOK},
		{"scheme in lower case", "basic" + basic(opsUser + ":" + opsPassword)[5:], http.StatusOK},
		{"none", "", http.StatusUnauthorized},
		{"wrong password", basic(opsUser + ":wrong"), http.StatusUnauthorized},
		{"wrong user", basic("root:" + opsPassword), http.StatusUnauthorized},
		{"swapped", basic(opsPassword + ":" + opsUser), http.StatusUnauthorized},
		{"empty password", basic(opsUser + ":"), http.StatusUnauthorized},
		{"both empty", basic(":"), http.StatusUnauthorized},
		{"start of the password", basic(opsUser + ":" + opsPassword[:5]), http.StatusUnauthorized},
		{"longer password", basic(opsUser + ":" + opsPassword + "x"), http.StatusUnauthorized},
		{"password in capitals", basic(opsUser + ":" + strings.ToUpper(opsPassword)), http.StatusUnauthorized},
		{"no colon", basic(opsUser), http.StatusUnauthorized},
		{"not base64", "Basic !!!", http.StatusUnauthorized},
		{"bearer", "Bearer " + basic(opsUser + ":" + opsPassword)[6:], http.StatusUnauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", http.NoBody)
			require.NoError(t, err)
			if tc.authorization != "" {
				req.Header.Set("Authorization", tc.authorization)
			}
			require.Equal(t, tc.want, send(t, req).StatusCode)
		})
	}
}

func TestOpsPages(t *testing.T) {
	t.Parallel()
	url := startOps(t, opsOptions(t, newLogBuffer()))
	for _, tc := range []struct {
		path        string
		status      int
		contentType string
		holds       []string
	}{
		{"/", http.StatusOK, "text/html; charset=UTF-8", []string{
			"<title>ferry</title>", `href="/riverui/"`, `href="/metrics"`, `href="/readyz"`, "v1.2.3", "<h2>Ready</h2>", "less than a minute",
		}},
		{"/assets/ops.css", http.StatusOK, "text/css; charset=utf-8", []string{"prefers-color-scheme: dark"}},
		{"/healthz", http.StatusOK, "application/json", []string{`{"status":"ok"}`}},
		{"/readyz", http.StatusOK, "application/json", []string{`{"status":"ready"}`}},
		{"/metrics", http.StatusOK, "text/plain", []string{`ferry_build_info{go_version="go`, "go_goroutines"}},
		{"/riverui/", http.StatusOK, "text/html", []string{"<title>River</title>", `"apiUrl":"/riverui/api"`}},
		{"/riverui/api/health-checks/minimal", http.StatusOK, "application/json", []string{`{"status":"ok"}`}},
		{"/nowhere", http.StatusNotFound, "application/json", []string{`"success":false`}},
		{"/riveruix", http.StatusNotFound, "application/json", []string{`"success":false`}},
	} {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			answer := operator(t, http.MethodGet, url+tc.path)
			require.Equal(t, tc.status, answer.StatusCode)
			require.True(t, strings.HasPrefix(answer.Header.Get("Content-Type"), tc.contentType), answer.Header.Get("Content-Type"))
			text := bodyOf(t, answer)
			for _, part := range tc.holds {
				require.Contains(t, text, part)
			}
			requireOpsHeaders(t, answer)
		})
	}
}

func requireOpsHeaders(t *testing.T, answer *http.Response) {
	t.Helper()
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", answer.Header.Get("Referrer-Policy"))
	require.Equal(t, "DENY", answer.Header.Get("X-Frame-Options"))
	policy := answer.Header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
		require.Contains(t, policy, rule)
	}
	if strings.HasPrefix(answer.Request.URL.Path, "/riverui/") {
		require.Equal(t, 1, strings.Count(policy, "unsafe"))
		require.Contains(t, policy, "style-src 'self' 'unsafe-inline';")
	} else {
		require.NotContains(t, policy, "unsafe")
	}
	require.Empty(t, answer.Header.Get("Server"))
	require.Empty(t, answer.Header.Get("X-Powered-By"))
}

// The policy allows scripts and styles from this listener only, so whatever
// the pages load has to exist here.
func TestRiverUIAssetsAreServed(t *testing.T) {
	t.Parallel()
	url := startOps(t, opsOptions(t, newLogBuffer()))
	redirect := operator(t, http.MethodGet, url+"/riverui")
	require.Equal(t, http.StatusMovedPermanently, redirect.StatusCode)
	require.Equal(t, "/riverui/", redirect.Header.Get("Location"))

	page := bodyOf(t, operator(t, http.MethodGet, url+"/riverui/"))
	var assets []string
	for _, attribute := range []string{`src="`, `rel="stylesheet" href="`} {
		_, rest, found := strings.Cut(page, attribute)
		require.True(t, found, attribute)
		path, _, _ := strings.Cut(rest, `"`)
		assets = append(assets, path)
	}
	for _, path := range assets {
		answer := operator(t, http.MethodGet, url+path)
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
		require.Greater(t, len(bodyOf(t, answer)), 10_000, path)
	}
}

// A page elsewhere can make an operator's browser post here, password
// included; the browser says where from.
func TestOpsRefusesForeignOrigins(t *testing.T) {
	t.Parallel()
	url := startOps(t, opsOptions(t, newLogBuffer()))
	const path = "/riverui/api/jobs/retry"
	for _, tc := range []struct {
		name    string
		headers []string
		refused bool
	}{
		{"another site", []string{"Origin: https://evil.example"}, true},
		{"another site, as browsers tell", []string{"Sec-Fetch-Site: cross-site"}, true},
		{"another port", []string{"Origin: http://127.0.0.1:1"}, true},
		{"this site", []string{"Origin: " + url}, false},
		{"this site, as browsers tell", []string{"Sec-Fetch-Site: same-origin"}, false},
		{"no browser", nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			answer := operator(t, http.MethodPost, url+path, tc.headers...)
			if tc.refused {
				require.Equal(t, http.StatusForbidden, answer.StatusCode)
				return
			}
			require.NotEqual(t, http.StatusForbidden, answer.StatusCode)
		})
	}
}

func TestOverviewTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := opsOptions(t, newLogBuffer())
	o.Ready = func(context.Context) error { return errors.New(`dial <db>: "refused"`) }
	url := startOps(t, o)
	page := operator(t, http.MethodGet, url+"/")
	require.Equal(t, http.StatusOK, page.StatusCode)
	text := bodyOf(t, page)
	require.Contains(t, text, "<h2>Not ready</h2>")
	require.Contains(t, text, "dial &lt;db&gt;: &#34;refused&#34;", "the reason is missing or not escaped")
	require.Equal(t, http.StatusServiceUnavailable, operator(t, http.MethodGet, url+"/readyz").StatusCode)
}

func TestOpsPagesOfTheProcess(t *testing.T) {
	t.Parallel()
	o := opsOptions(t, newLogBuffer())
	o.Pages = map[string]http.Handler{
		"/extra/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "extra "+r.URL.Path) }),
		"/boom":   http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret of a person") }),
	}
	log := newLogBuffer()
	o.Log = log.logger()
	url := startOps(t, o)
	for _, path := range []string{"/extra", "/extra/", "/extra/deep/er"} {
		require.Equal(t, "extra "+path, bodyOf(t, operator(t, http.MethodGet, url+path)))
	}
	answer := operator(t, http.MethodGet, url+"/boom")
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Contains(t, log.String(), `"msg":"request panicked"`)
	require.NotContains(t, log.String(), "secret of a person")
}
