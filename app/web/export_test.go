package web

import "net/http"

// HTTP gives tests the net/http server, to shorten its timeouts before Serve.
func (s *Server) HTTP() *http.Server { return s.http }
