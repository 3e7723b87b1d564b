package nlp

// Settle reads a bare text ("KX-2207", "Kenya AA") as a question for stock
// when it is exactly the code, name or alias of an item of the catalogue. Any
// other Result comes back as it is.
func (r Result) Settle(c *Catalogue) Result {
	if r.Bare == "" {
		return r
	}
	found := c.Resolve(r.Bare)
	if !found.Exact {
		return r
	}
	r.Intent, r.Confidence, r.Entities = CheckInventory, confidenceBare, Entities{SKU: found.Item.SKU}
	r.Trace.Pattern = string(CheckInventory) + ": bare text, exactly an item of the catalogue"
	r.Trace.Cuts = []Cut{{Entity: "sku", Text: r.Bare}}
	r.Bare = ""
	return r
}
