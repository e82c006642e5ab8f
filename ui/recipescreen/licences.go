package recipescreen

import (
	"fmt"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// soon is when the end of a licence is worth knowing.
const soon = 14 * 24 * time.Hour

// licence is the row of a source.
func (m *Model) licence(s MixSource) Check {
	n, ok := m.Net(s.Ref.Net)
	c := Check{Subject: fmt.Sprintf("%s v%d", m.title(s.Ref.Net), s.Ref.Version), Net: s.Ref.Net}
	if !ok {
		if !m.known.nets {
			c.State, c.Text = widgets.Checking, "reading"
			return c
		}
		c.State, c.Text, c.Fix, c.Button = widgets.Blocked, "It is not on this computer", FixData, "Change the data"
		return c
	}
	st := n.Standing
	switch st.State {
	case datasets.StandingOwn:
		c.State, c.Text, c.Detail = widgets.Passed, "Own data, stays on this computer", "Named in the manifest by its digest only"
		if !n.Private {
			c.Text, c.Detail = "Your own DataNet", ""
		}
		if n.Private {
			c.Subject = n.Title
		}
	case datasets.StandingOpen:
		c.State, c.Text = widgets.Passed, "Free for everyone, "+spdxName(n.SPDX)
	case datasets.StandingHeld:
		c.State, c.Text = widgets.Passed, mayDo(n.Terms)+", "+m.until(st)
		if !st.Until.IsZero() && st.Until.Sub(m.Now()) < soon {
			c.State = widgets.ToKnow
			c.Text = fmt.Sprintf("%s, ends in %s, on %s", mayDo(n.Terms), days(st.Until.Sub(m.Now())), st.Until.In(m.Now().Location()).Format("2 Jan 2006"))
			c.Detail = "This run may finish; a new one needs it renewed."
			c.Fix, c.Button = FixLicence, "Renew"+m.price(n.Terms)
		}
	case datasets.StandingNeedsLicence, datasets.StandingExpired:
		who := "your account"
		if m.account.name != "" {
			who = "account " + m.account.name
		}
		c.State, c.Text, c.Detail = widgets.Blocked, "**No licence for "+who+"**", capital(st.Reason)
		if st.State == datasets.StandingExpired {
			c.Text = "**The licence has ended**"
		}
		if m.account.text == "" {
			c.Text, c.Detail = "**No wallet that could hold a licence**", "Get licence makes one first."
		}
		c.Fix, c.Button = FixLicence, "Get licence"+m.price(n.Terms)
	default:
		c.State, c.Text, c.Detail = widgets.Blocked, "**The chain was not reached**", capital(st.Reason)
		c.Fix, c.Button = FixAgain, "Check again"
		if !n.Terms.NeedsLicence() {
			c.State, c.Text = widgets.ToKnow, "Free by its own terms; the chain was not reached"
			c.Detail = "Starts, and is checked again before publishing."
		}
	}
	return c
}

func (m *Model) until(st datasets.Standing) string {
	if st.Until.IsZero() {
		return "without end"
	}
	return "until " + st.Until.In(m.Now().Location()).Format("2 Jan 2006")
}

// price is ", 12 OPEN" or nothing.
func (m *Model) price(t datasets.Terms) string {
	if t.Price == nil || t.Price.Sign() <= 0 {
		return ""
	}
	return ", " + widgets.Coins(t.Price) + " " + or(m.account.coin, "OPEN")
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// mayDo is what a licence allows, in a word.
func mayDo(t datasets.Terms) string {
	if t.Serve {
		return "Train and serve"
	}
	return "Train only"
}

func spdxName(s string) string {
	return strings.ReplaceAll(strings.TrimPrefix(s, "LicenseRef-"), "-", " ")
}

func days(d time.Duration) string {
	n := int(d.Hours()/24 + 0.5)
	if n == 1 {
		return "1 day"
	}
	if n < 1 {
		return "less than a day"
	}
	return fmt.Sprintf("%d days", n)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
