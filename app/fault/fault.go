// Package fault kills the process at named points, so that tests can show what
// survives a death between any two steps. It does so only in binaries built
// with the tag "faults"; in every other build Point is empty and costs nothing.
package fault

// Name is a point between two steps.
type Name string

// The points, in the order in which a message passes them.
const (
	InboxStored     Name = "inbox:stored"     // written, not committed
	InboxCommitted  Name = "inbox:committed"  // committed, not yet told to Twilio
	RunClaimed      Name = "run:claimed"      // marked as processing, agent not run
	RunDone         Name = "run:done"         // agent has run, nothing stored
	RunStored       Name = "run:stored"       // outcome written, not committed
	RunCommitted    Name = "run:committed"    // outcome committed, River not told
	SendClaimed     Name = "send:claimed"     // part marked as sending, request not written
	SendAccepted    Name = "send:accepted"    // Twilio has it, nothing stored
	SendStored      Name = "send:stored"      // outcome written, not committed
	SendCommitted   Name = "send:committed"   // outcome committed, River not told
	StatusStored    Name = "status:stored"    // callback written, not committed
	StatusCommitted Name = "status:committed" // callback committed, Twilio not told
)

// Names lists the points.
var Names = []Name{
	InboxStored, InboxCommitted, RunClaimed, RunDone, RunStored, RunCommitted,
	SendClaimed, SendAccepted, SendStored, SendCommitted, StatusStored, StatusCommitted,
}
