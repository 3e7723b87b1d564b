package persona

import "ferry/app"

// unknownProductView is what templates see of a ProductUnknown.
type unknownProductView struct {
	Asked   string // "" when no words were left
	Nearest []productView
}

type productView struct {
	SKU     string
	Name    string // "" when it says no more than the SKU
	Product string
}

// unknownPlaceView is what templates see of a PlaceUnknown.
type unknownPlaceView struct {
	Asked  string // "" when no words were left
	Places []string
	More   string // how many are not shown; "" when all are
	Count  string // of all places
}

// notYetView is what templates see of a NotYet.
type notYetView struct {
	Wish   string // "reorder stock"; "" when it is not known
	Intent string // "reorder_stock"; "" when it is not known
}

// troubleView is what templates see of a Trouble. Missing is compared, never
// printed.
type troubleView struct {
	Missing string
}

func (v voice) unknownProduct(r app.ProductUnknown) unknownProductView {
	view := unknownProductView{Asked: v.known(nameOrNone(r.Asked))}
	for _, p := range r.Nearest {
		view.Nearest = append(view.Nearest, productView{SKU: name(p.SKU), Name: v.productName(p), Product: v.product(p)})
	}
	return view
}

func (v voice) unknownPlace(r app.PlaceUnknown) unknownPlaceView {
	view := unknownPlaceView{Asked: v.known(nameOrNone(r.Asked)), Count: v.count(len(r.Places))}
	shown := min(len(r.Places), maxPlaces)
	for _, p := range r.Places[:shown] {
		view.Places = append(view.Places, name(p))
	}
	if more := len(r.Places) - shown; more > 0 {
		view.More = v.count(more)
	}
	return view
}
