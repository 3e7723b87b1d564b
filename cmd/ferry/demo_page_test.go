package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/sim"
)

// browse makes a request and returns its answer, with the body read.
func browse(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(`{"as":"+447700900101","text":"help"}`))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close() //nolint:errcheck // it is read
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func demoPages(t *testing.T, d *runningDemo) {
	t.Helper()
	for path, want := range map[string]string{"/": "/simulator/", "/simulator": "/simulator/"} {
		resp, _ := browse(t, http.MethodGet, d.url+path)
		require.Contains(t, []int{http.StatusFound, http.StatusPermanentRedirect}, resp.StatusCode, path)
		require.Equal(t, want, resp.Header.Get("Location"))
	}
	resp, page := browse(t, http.MethodGet, d.url+"/simulator/?as=447700900102")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "script-src 'self'")
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	require.Contains(t, page, `<h2 id="name">Tom Ashworth</h2>`)
	require.Contains(t, page, "http://"+d.service.admin.Addr().String()+"/")
	require.NotContains(t, page, string(d.cfg.AdminPassword))
	assets := regexp.MustCompile(`(?:src|href)="(assets/[^"]+)"`).FindAllStringSubmatch(page, -1)
	require.Len(t, assets, 3)
	for _, asset := range assets {
		resp, _ := browse(t, http.MethodGet, d.url+sim.Path+asset[1])
		require.Equal(t, http.StatusOK, resp.StatusCode, asset[1])
	}
	for _, path := range []string{"/simulator/x", "/simulator/assets/x", "/x"} {
		resp, _ := browse(t, http.MethodGet, d.url+path)
		require.Equal(t, http.StatusNotFound, resp.StatusCode, path)
	}
	resp, _ = browse(t, http.MethodGet, d.url+"/readyz")
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func demoOperators(t *testing.T, d *runningDemo) {
	t.Helper()
	for _, path := range []string{"", "riverui/", "metrics"} {
		url := "http://" + d.service.admin.Addr().String() + "/" + path
		resp, _ := browse(t, http.MethodGet, url)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, path)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		require.NoError(t, err)
		req.SetBasicAuth(d.cfg.AdminUser, string(d.cfg.AdminPassword))
		resp, err = http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode, path)
	}
	var printed strings.Builder
	d.announce(&printed, time.Second)
	require.Contains(t, printed.String(), "user operator, password "+string(d.cfg.AdminPassword))
}

// A page of another site in the same browser must not write in people's names.
func demoForeignSites(t *testing.T, d *runningDemo) {
	t.Helper()
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
		resp, _ := browse(t, http.MethodPost, d.url+"/simulator/api/messages", header...)
		require.Equal(t, http.StatusForbidden, resp.StatusCode, header)
	}
}
