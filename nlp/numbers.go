package nlp

import "strings"

// maxQuantity keeps quantities within what people order; longer digit runs
// are codes.
const maxQuantity = 9_999_999

// isNumber says that a single word is a number.
func isNumber(w string) bool {
	_, ok := parseDigits(w)
	return ok || numberWord(w) > 0
}

// parseDigits reads "50", "1,000", "2k" and "1.5k".
func parseDigits(w string) (int, bool) {
	w = strings.TrimSuffix(strings.TrimPrefix(w, "x"), "x") // "x50", "50x"
	digits, thousands := strings.CutSuffix(w, "k")
	if digits == "" || len(digits) > 10 || !isASCIIDigit(digits[0]) {
		return 0, false
	}
	n, decimals, group := 0, -1, -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case isASCIIDigit(c):
			n = n*10 + int(c-'0')
			if decimals >= 0 {
				decimals++
			}
			if group >= 0 {
				group++
			}
		case c == '.' && thousands && decimals < 0:
			decimals = 0
		case c == ',' && (group == 3 || group < 0 && i <= 3):
			group = 0
		default:
			return 0, false
		}
	}
	if (group >= 0 && group != 3) || decimals == 0 || decimals > 3 {
		return 0, false
	}
	if thousands {
		n *= 1000
		for ; decimals > 0; decimals-- {
			n /= 10
		}
	}
	return n, n <= maxQuantity
}

// numberAt reads the number that starts at tokens[i], in digits or in words
// ("forty two", "a hundred and twenty", "half a dozen"), and says how many
// tokens it takes; 0 when there is none.
func numberAt(tokens []token, i int) (n, size int) {
	if i >= len(tokens) {
		return 0, 0
	}
	if n, ok := parseDigits(tokens[i].word); ok {
		if i+1 < len(tokens) && isDozen(tokens[i+1].word) {
			return n * 12, 2
		}
		return n, 1
	}
	return wordsAt(tokens, i)
}

// wordsAt reads a number in words at tokens[i].
func wordsAt(tokens []token, i int) (n, size int) {
	word := func(j int) string {
		if j < len(tokens) && (j == i || tokens[j-1].follow == pauseNone) {
			return tokens[j].word
		}
		return ""
	}
	if word(i) == "half" && word(i+1) == "a" && isDozen(word(i+2)) {
		return 6, 3
	}
	j := i
	if w := word(j); w == "a" || w == "one" {
		if next := word(j + 1); isDozen(next) {
			return 12, 2
		} else if next != "hundred" && next != "thousand" && w == "a" {
			return 0, 0
		}
	}
	total, group := 0, 0
	for {
		w := word(j)
		if w == "and" && j > i && group%100 == 0 && smallNumber(word(j+1)) > 0 {
			j++
			w = word(j)
		}
		switch v := numberWord(w); {
		case w == "a" && j == i:
			group = 1
		case v == 0, v == 1000 && total > 0, v == 100 && group >= 100,
			v < 100 && group%100 != 0 && (v >= 10 || group%10 != 0 || group%100 < 20):
			return finishNumber(tokens, total+group, i, j)
		case v == 100:
			group = max(group, 1) * 100
		case v == 1000:
			total += max(group, 1) * 1000
			group = 0
		default:
			group += v
		}
		j++
	}
}

// finishNumber closes a number in words that ends before tokens[j].
func finishNumber(tokens []token, n, i, j int) (value, size int) {
	if j == i || n == 0 || n > maxQuantity {
		return 0, 0
	}
	if j < len(tokens) && isDozen(tokens[j].word) {
		return n * 12, j - i + 1
	}
	return n, j - i
}

func isDozen(w string) bool { return w == "dozen" || w == "doz" || w == "dozens" }

// numberWord is the value of a number word, 0 for other words.
func numberWord(w string) int {
	switch w {
	case "hundred":
		return 100
	case "thousand":
		return 1000
	}
	return smallNumber(w)
}

// smallNumber is the value of a number word below a hundred, hyphens included.
func smallNumber(w string) int {
	switch w {
	case "one":
		return 1
	case "two":
		return 2
	case "three":
		return 3
	case "four":
		return 4
	case "five":
		return 5
	case "six":
		return 6
	case "seven":
		return 7
	case "eight":
		return 8
	case "nine":
		return 9
	case "ten":
		return 10
	case "eleven":
		return 11
	case "twelve":
		return 12
	case "thirteen":
		return 13
	case "fourteen":
		return 14
	case "fifteen":
		return 15
	case "sixteen":
		return 16
	case "seventeen":
		return 17
	case "eighteen":
		return 18
	case "nineteen":
		return 19
	}
	if tens, unit, ok := strings.Cut(w, "-"); ok {
		if t, u := tensWord(tens), smallNumber(unit); t > 0 && 0 < u && u < 10 {
			return t + u
		}
		return 0
	}
	return tensWord(w)
}

func tensWord(w string) int {
	switch w {
	case "twenty":
		return 20
	case "thirty":
		return 30
	case "forty":
		return 40
	case "fifty":
		return 50
	case "sixty":
		return 60
	case "seventy":
		return 70
	case "eighty":
		return 80
	case "ninety":
		return 90
	}
	return 0
}
