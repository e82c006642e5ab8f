// Package widgets holds the parts every screen is built of: text, cards,
// layouts, buttons, fields, tables, charts. It knows the theme, the icons and
// the timers of ui/task, and no domain package, screen or route.
//
// Colours and sizes are theme names, so that everything follows a switch of the
// theme; texts are the caller's; what a widget does is a function field. Use
// the layouts of layout.go and page.go in place of Fyne's: gaps are whole
// pixels, and wrapped text gets its height in the same pass.
//
// Start here:
//
//	text       NewText NewWrapped NewRich NewCode, styles in style.go
//	ground     NewCard NewBareCard CardHead CardRow NewSection NewRule NewFrame NewFill
//	layout     VBox Row TopRow Grow Spacer Pad Fixed Center Flow Layers
//	page       NewPage NewPageWithFooter NewScroll Columns Split
//	act        NewButton NewIconButton NewLink NewMenuButton NewTappable
//	choose     NewSelect NewSegmented NewTabs NewCheck NewRadioGroup NewRadioCards
//	type       NewEntry NewPassword NewSearch NewTextArea NewFormField
//	tell       NewPill NewNote NewMarkLine NewErrorCard NewEmptyState Tip
//	state      NewCheckRow NewStateRow NewFact NewStat NewHashChip
//	progress   NewBar NewProgressRow NewPhaseBar NewStepper
//	numbers    Percent Count Number Bytes Memory Short
//	data       DataTable, Chart, FitBar, StackBar, MarkedText, LineageGraph, mix sliders
package widgets
