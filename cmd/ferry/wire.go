package main

import (
	"net"
	"strings"

	"ferry/app/twilio"
)

// senderConfig is the configuration of what leaves.
func (c Config) senderConfig() twilio.SenderConfig {
	t := c.Twilio
	return twilio.SenderConfig{
		APIURL: t.APIURL, AccountSID: t.AccountSID, AuthToken: string(t.AuthTokens[0]),
		APIKey: t.APIKey, APISecret: string(t.APISecret),
		From: t.Number, MessagingServiceSID: t.MessagingServiceSID, MaxConns: c.SendWorkers,
	}
}

// verifierConfig is the configuration of what comes in.
func (c Config) verifierConfig() twilio.VerifierConfig {
	v := twilio.VerifierConfig{
		PublicURLs: c.PublicURLs, AccountSID: c.Twilio.AccountSID, MessagingServiceSID: c.Twilio.MessagingServiceSID,
	}
	for _, token := range c.Twilio.AuthTokens {
		v.AuthTokens = append(v.AuthTokens, string(token))
	}
	if c.Twilio.Number != "" {
		v.Senders = append(v.Senders, c.Twilio.Number)
	}
	return v
}

// behindHTTPS says that Twilio, and so everybody, reaches us by https.
func (c Config) behindHTTPS() bool { return strings.HasPrefix(c.PublicURLs[0], "https://") }

// addressOf tells a listener's address; "" for none.
func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}
