package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// loadNotices reads the notices of earlier days and keeps every change.
func (w *Window) loadNotices() {
	raw, err := w.cfg.Services.Notices()
	if err == nil && len(raw) > 0 {
		err = w.notices.Load(raw)
	}
	if err != nil {
		fyne.LogError("notices of earlier days cannot be read", err)
	}
	w.notices.Changed = func() {
		w.foot.setUnread(w.notices.Unread())
		w.keepNotices()
	}
	w.foot.setUnread(w.notices.Unread())
}

// keepNotices writes the notices. What changes meanwhile is written when that is
// done, so that an older list never comes last.
func (w *Window) keepNotices() {
	if w.keeping {
		w.keepAgain = true
		return
	}
	raw, err := w.notices.Save()
	if err != nil {
		fyne.LogError("notices cannot be kept", err)
		return
	}
	w.keeping = true
	task.Do(task.Current(), func(ctx context.Context) error { return w.cfg.Services.KeepNotices(ctx, raw) }, func(err error) {
		w.keeping = false
		if err != nil {
			fyne.LogError("notices cannot be kept", err)
		}
		if w.keepAgain {
			w.keepAgain = false
			w.keepNotices()
		}
	})
}

// Notify adds a notice to the bell and, when the person is not looking at what
// it is about, shows it on the desktop. One per event: the second with the same
// key and words is not shown again.
func (w *Window) Notify(n notice.Notice) {
	before := w.notices.Unread()
	w.notices.Add(n)
	if w.notices.Unread() == before || n.Level < notice.Success || n.Route() == w.Current() {
		return
	}
	w.cfg.App.SendNotification(fyne.NewNotification(n.Title, n.Text))
}

// openNotices shows the list behind the bell.
func (w *Window) openNotices() {
	list := w.notices.List()
	w.notices.ReadAll()
	var shut func()
	rows := widgets.VBox(0)
	for i, n := range list {
		if i > 0 {
			rows.Objects = append(rows.Objects, widgets.NewRule())
		}
		rows.Objects = append(rows.Objects, noticeRow(n, w.cfg.Now(), func() {
			shut()
			if n.Page != "" {
				w.Go(n.Route())
			}
		}))
	}
	body := widgets.VBox(0, widgets.CardHead("Notices", widgets.Spacer(), widgets.NewText("kept for 90 days", widgets.Caption)), widgets.NewRule())
	if len(list) == 0 {
		body.Objects = append(body.Objects, widgets.NewEmptyState(icons.Bell, "No notices", "What finishes, fails or needs you is listed here.", nil))
	} else {
		body.Objects = append(body.Objects, rows)
	}
	d := &dialog{w: w, spec: nav.Dialog{Content: widgets.Pad(1, 1, 1, 1, body), Width: 420}, corner: true}
	shut = w.open(d)
}

func noticeRow(n notice.Notice, now time.Time, open func()) fyne.CanvasObject {
	icon, ink := icons.Success, theme.Ok
	switch n.Level {
	case notice.Attention:
		icon, ink = icons.Warning, theme.Warn
	case notice.Failure:
		icon, ink = icons.Error, theme.Bad
	}
	title := widgets.Body
	if !n.Read {
		title = widgets.Strong
	}
	lines := widgets.VBox(0, widgets.TopRow(8, widgets.NewWrapped(n.Title, title), widgets.NewText(when(n.At, now), widgets.Caption)))
	if n.Text != "" {
		lines.Objects = append(lines.Objects, widgets.NewWrapped(n.Text, widgets.Caption))
	}
	return widgets.NewTappable(widgets.Pad(10, theme.CardPadding, 10, theme.CardPadding,
		widgets.TopRow(12, widgets.Pad(2, 0, 0, 0, widgets.NewIcon(icon, widgets.IconButton, ink)), widgets.Grow(lines))), open).Hovered(theme.Hover)
}

// when writes a time as people say it: the hour today, else the day.
func when(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	switch {
	case at.Year() == now.Year() && at.YearDay() == now.YearDay():
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}
