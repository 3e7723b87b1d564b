package jobs

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/sql/queries"
)

// sender is who wrote a message: a contact, and the person behind it when the
// company registered one. It lives for one inbox transaction, which holds the
// contact's lock.
type sender struct {
	contactID   uuid.UUID
	address     string // who it is
	replyTo     string // where to answer
	phone       string // "" for a sender without a number
	userID      string // WhatsApp's, "" until Twilio names it
	hadUserID   string // when it was read
	profileName string

	profileID        uuid.UUID
	companyID        uuid.UUID
	catalogueVersion int64
	role             app.Role
	persona          app.Persona
	timeZone         string
	weekStart        time.Weekday

	recent    slidingLog
	noticedAt time.Time // time.Unix(0, 0) when never

	wrote   bool // has a message in this batch
	carried bool // has a message that waits for the next batch: so must the later ones
}

func senderOf(row queries.LockContactsRow) *sender {
	s := &sender{
		contactID: row.ID,
		address:   row.Address,
		replyTo:   row.ReplyTo,
		phone:     valueOf(row.PhoneNumber),
		userID:    valueOf(row.WAUserID),
		hadUserID: valueOf(row.WAUserID),
		persona:   app.PersonaDefault,
		recent:    row.RecentInbound,
		noticedAt: time.Unix(0, 0),
	}
	if row.NoticedAt != nil {
		s.noticedAt = *row.NoticedAt
	}
	if row.ProfileID == nil {
		return s
	}
	s.profileID, s.companyID = *row.ProfileID, *row.CompanyID
	s.catalogueVersion = valueOf(row.CatalogueVersion)
	s.role, s.persona = app.Role(valueOf(row.Role)), app.Persona(valueOf(row.Persona))
	s.timeZone = valueOf(row.Timezone)
	if s.timeZone == "" {
		s.timeZone = valueOf(row.CompanyTimezone)
	}
	s.weekStart = time.Weekday(valueOf(row.WeekStartsOn))
	return s
}

// known says that a company registered this person.
func (s *sender) known() bool { return s.companyID != nobody }

// location is the person's time zone; UTC when the name is not known here.
func (s *sender) location() *time.Location { return zone(s.timeZone) }

// writes notes what the message itself tells about its sender: where to answer,
// and the user id that came with a number.
func (s *sender) writes(m app.Message) {
	s.wrote = true
	s.replyTo = string(m.From)
	if m.UserID != "" {
		s.userID = string(m.UserID)
	}
	s.profileName = m.ProfileName
}

// slidingLog holds the times of the messages that count against the rate
// limit, oldest first.
type slidingLog []time.Time

const rateWindow = time.Minute

// allow says whether one more message is within limit for the minute before
// now, and counts it if so. Refused messages do not count: who keeps writing
// is served again as soon as the oldest counted message is a minute old.
func (l *slidingLog) allow(now time.Time, limit int) bool {
	if limit <= 0 {
		*l = nil
		return true
	}
	recent := (*l)[:0:0]
	for _, t := range *l {
		if now.Sub(t) < rateWindow {
			recent = append(recent, t)
		}
	}
	*l = recent
	if len(recent) >= limit {
		return false
	}
	*l = append(recent, now)
	return true
}

// encode writes the log as a Postgres array of timestamps.
func (l slidingLog) encode() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, t := range l {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(t.UTC().Format("2006-01-02T15:04:05.999999Z"))
	}
	b.WriteByte('}')
	return b.String()
}
