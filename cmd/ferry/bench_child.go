package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ferry/app/twilio/twiliotest"
	"ferry/jobs"
)

// child is a process of the service under measurement.
type child struct {
	cmd     *exec.Cmd
	base    string // its public URL
	readyMS float64
	errors  bytes.Buffer
}

// startChild starts this very binary and waits until it is ready.
func (w *benchWorld) startChild(ctx context.Context, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	c := &child{base: "http://" + ports[0], cmd: exec.CommandContext(ctx, self, args...)} //nolint:gosec // our own binary
	c.cmd.Stderr = &c.errors
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.Env = append(os.Environ(),
		"DATABASE_URL="+w.url(), "HTTP_ADDR="+ports[0], "ADMIN_ADDR="+ports[1], "ADMIN_USER=bench", "ADMIN_PASSWORD="+benchPassword,
		"PUBLIC_URL="+c.base, "TWILIO_ACCOUNT_SID="+twiliotest.AccountSID, "TWILIO_AUTH_TOKEN="+twiliotest.AuthToken,
		"TWILIO_WHATSAPP_NUMBER="+string(twiliotest.Number), "TWILIO_API_URL="+w.fake.URL(),
		// A flood waits longer than ACK_AFTER; its acknowledgements would be counted as answers.
		"ACK_MODE=off", "LOG_LEVEL=warn",
	)
	start := time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a process: %w", err)
	}
	ready := "http://bench:" + benchPassword + "@" + ports[1] + "/readyz"
	if err := c.awaitReady(ctx, ready); err != nil {
		c.stop()
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(c.errors.String()))
	}
	c.readyMS = float64(time.Since(start)) / float64(time.Millisecond)
	return c, nil
}

func (c *child) awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("build readiness request: %w", err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			code := resp.StatusCode
			if err := resp.Body.Close(); err != nil {
				return fmt.Errorf("read readiness: %w", err)
			}
			if code == http.StatusOK {
				return nil
			}
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return errors.New("the process did not become ready")
		}
	}
}

func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	_ = c.cmd.Wait()
}

// peakMiB is the process's largest resident memory so far; 0 where /proc does
// not tell.
func (c *child) peakMiB() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	lines := bufio.NewScanner(bytes.NewReader(status))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			if err != nil {
				return 0
			}
			return float64(kib) / 1024
		}
	}
	return 0
}

func freePorts(ctx context.Context, n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() //nolint:errcheck // it only held the port
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// runBenchChild serves a parent bench: the web process as it is, or with one
// transaction a message, which is no setting of the product.
func runBenchChild(ctx context.Context, kind string, env environment) error {
	cfg, err := loadConfig(env.getenv, roleWeb)
	if err != nil {
		return err
	}
	var opts serviceOptions
	switch kind {
	case "web":
	case "one-tx":
		opts.inbox = jobs.InboxOptions{Shards: hotConns, MaxBatch: 1}
	default:
		return usagef("unknown child %q", kind)
	}
	tuneCollector(ctx)
	s, err := startService(ctx, cfg, roleWeb, newLogger(env.stderr, cfg.LogLevel, cfg.LogFormat), opts)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return s.stop(context.WithoutCancel(ctx))
}
