package nlp

import "slices"

// guard is a row of the table of traps: a template whose match keeps intents
// from winning, anywhere in the text. A wrong answer costs more than "I did
// not understand", most of all where something would be ordered.
type guard struct {
	template string
	blocks   []Intent // none: every intent but Help
}

// guards is the table of traps.
func guards() []guard {
	return slices.Concat(controlGuards(), orderGuards(), stockGuards(), alertGuards(), reportGuards())
}

// controlGuards catch questions about ferry itself, which are Help or nothing,
// and what is wished of its agents, which no intent understands yet.
func controlGuards() []guard {
	return []guard{
		{"how (do|can|should|could|would) (i|you|one)", nil},
		{"how do we (check|see|view|find|get|order|reorder|create|make|generate|run|acknowledge|update|change|use)", nil},
		{"how to", nil},
		{"(inventory_monitor|alert_generator|report_generator|supplier_monitor|reorder_agent)", nil},
		{"(inventory|stock|alert|alerts|reorder|report|reports|digest|supplier|suppliers|purchasing|the|my|our|all|any|which|what|estate) (agent|agents|bot|bots)", nil},
		{"(run|start|stop|pause|restart|launch|trigger|disable|enable|hiring) {any} (agent|agents|bot|bots)", nil},
		{"(inventory|stock|supplier|alert|alerts|report|digest|auto) (monitor|monitoring|generator|generators|reorder|reordering|ordering)", nil},
		{"(pause|disable|suspend|halt|resume|unpause|deactivate) {any} (reorder|reorders|reordering|alerts|alert|reports|report|digest|stock|inventory)", nil},
		{"(turn|switch) (off|on)", nil},
		{"(stop|quit|no more|dont|do not) (sending|messaging|texting|emailing|spamming|message|text|send|contact|email)", nil},
		{"(unsubscribe|digest)", nil},
		{"(lead time|moq|minimum order|fill rate|price list|contact details)", nil},
	}
}

// orderGuards catch "order" and "buy" where nothing is to be ordered: somebody's
// order, an order refused, asked about, or long past.
func orderGuards() []guard {
	order := []Intent{ReorderStock}
	return []guard{
		{"(where is|where are|wheres|track|chase|cancel|change|amend|return|status of|about) {any} (order|orders|po|pos|delivery|parcel|shipment|purchase)", order},
		{"(order|po) (status|number|history|confirmation|form|book)", order},
		{"(dont|do not|never|not|no need to|stop|without|didnt|did not|cant|cannot|wont|shouldnt|should|did|does|havent|before i|before we|before you) {any} (order|reorder|purchase|buy|ordering|reordering|buying|restock|replenish)", order},
		{"(do|did|if|am|should|shall) (i|we) {any} (order|reorder|purchase|buy|restock|replenish)", order},
		{"(was|were|tried|trying|attempting|every time|whenever|each time) {any} (order|reorder|purchase|buy|restock)", order},
		{"(who|when|why|what|which|how|where) {any} (order|reorder|buy|purchase|restock)", order},
		{"made to order", order},
		{"order (to|of|by|taking|value|food)", order},
		{"(dont|do not|no longer) need", order},
		{"need more (info|information|help|details|detail|data|proof|sleep)", order},
		{"another (look|word|go|try|chance)", order},
	}
}

// stockGuards catch words about stock that ask for no quantity: a count told, a
// market, a soup, a price.
func stockGuards() []guard {
	stock := []Intent{CheckInventory}
	return []guard{
		{"^ (set|update|adjust|correct|increase|decrease|reduce|add|remove|deduct|subtract|receive|received|count|counted|write off|book in|change|edit|move|transfer) ", stock},
		{"(update|adjust|correct|set|increase|decrease|reduce|fix|change) [the|our|my] (stock|inventory|quantity|qty)", stock},
		{"(stock|inventory|quantity|count|qty|level) {some} (is|to|=|came to|now) [now|not] {number}", stock},
		{"stock count", stock},
		{"(stock|share) (market|markets|exchange|price|prices|broker|photo|photos|tip|tips|options|portfolio|cube|cubes|image|images|news)", stock},
		{"(laughing|chicken|beef|fish|vegetable|veg|rolling|live|bone) stock", []Intent{CheckInventory, Help}},
		{"stock (turn|turnover|value|alert|alerts|warning|warnings|is|looks|has|was|up|out|take|taking)", stock},
		{"(inventory|stock) (report|reports|pdf)", stock},
		{"how (much|many) {any} did", stock},
		{"how (much|many) {any} (sold|sell|cost|costs|spend|spent|owe|take|took)", stock},
	}
}

// alertGuards catch alerts that are to be closed, made or silenced, and other
// people's alerts.
func alertGuards() []guard {
	alerts := []Intent{ViewAlerts, AcknowledgeAlert}
	return []guard{
		{"(resolve|resolved|close|closed|dismiss|dismissed|clear|cleared|delete|snooze|mute|silence|ignore|false alarm|fixed)", alerts},
		{"(set|create|add|make|send|turn|stop|disable|enable|configure|change) {any} (alert|alerts|alarm|alarms)", alerts},
		{"alert (me|him|her|them|us)", nil},
		{"(not|dont|do not|never|havent|have not) (ack|acknowledge|seen|noted)", alerts},
	}
}

// reportGuards catch reports that are not ours, or not wanted.
func reportGuards() []guard {
	report := []Intent{GenerateReport}
	return []guard{
		{"(weather|status|bug|school|book|police|accident|incident|traffic|news|expense|progress|crash|error|credit|annual) report", report},
		{"(no need for|dont need|not|without|forget|stop|cancel|delete) [a|an|the|that] {report words} report", report},
		{"(dont|do not|not|never) (generate|create|make|build|send|run|prepare)", report},
	}
}
