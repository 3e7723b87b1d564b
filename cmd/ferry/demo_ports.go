package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
)

// nearby is how many ports after the wanted one are tried.
const nearby = 50

// checkAddr says what is wrong with an address to listen on.
func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return usagef("--addr %q: want host:port, such as %s", addr, defaultDemoAddr)
	}
	return nil
}

// listenNear listens on an address, or, when its port is taken, on the next
// free one, which it tells out. The port of avoid is left for others.
func listenNear(ctx context.Context, addr, avoid string, out io.Writer) (net.Listener, error) {
	host, wanted, err := splitAddr(addr)
	if err != nil {
		return nil, err
	}
	reserved := -1
	if avoid != "" {
		if _, reserved, err = splitAddr(avoid); err != nil {
			return nil, err
		}
	}
	var listen net.ListenConfig
	for port := wanted; port <= min(wanted+nearby, 1<<16-1); port++ {
		if port == reserved && port != wanted {
			continue
		}
		l, err := listen.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		switch {
		case err == nil:
			if port != wanted {
				fmt.Fprintf(out, "port %d is taken: using %d\n", wanted, port)
			}
			return l, nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return nil, fmt.Errorf("listen on %s: %w; choose another address with --addr", addr, err)
		}
	}
	return nil, fmt.Errorf("listen on %s: this port and the %d after it are taken; choose another with --addr", addr, nearby)
}

func splitAddr(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("read the address %s: %w", addr, err)
	}
	port, err = strconv.Atoi(text)
	if err != nil {
		return "", 0, fmt.Errorf("read the port of %s: %w", addr, err)
	}
	return host, port, nil
}

// reachable is where this machine reaches a listener: one on all addresses is
// there on the loopback as well.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

// loopbackOnly says that only this machine reaches a listener.
func loopbackOnly(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
