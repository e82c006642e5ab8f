package recipescreen

import (
	"fmt"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/notice"
)

// FieldLine is a setting in the form.
type FieldLine struct {
	Field   training.Field
	Value   string
	Preset  string // what the preset has
	Changed bool
	Closed  []string // per option, why this computer cannot do it; "" = it can
}

// preset are the settings of the chosen preset.
func (m *Model) preset() training.Settings {
	p, err := training.PresetByName(m.Draft.Preset)
	if err != nil {
		return training.DefaultSettings()
	}
	return p.Settings
}

// Fields are all settings with their values.
func (m *Model) Fields() []FieldLine {
	preset := m.preset()
	fields := training.Fields()
	out := make([]FieldLine, len(fields))
	for i, f := range fields {
		l := FieldLine{Field: f, Value: f.Get(&m.Draft.Settings), Preset: f.Get(&preset)}
		l.Changed = l.Value != l.Preset
		for _, option := range f.Options {
			l.Closed = append(l.Closed, m.closed(f, option))
		}
		out[i] = l
	}
	return out
}

// closed is why an option cannot be trained here, or "".
func (m *Model) closed(f training.Field, option string) string {
	s := m.Draft.Settings
	if !m.known.report || f.Get(&s) == option || f.Set(&s, option) != nil {
		return ""
	}
	if err := s.OnDevice(m.report.Device(s.Device).Kind); err != nil && m.Draft.Settings.OnDevice(m.Device().Kind) == nil {
		return err.Error()
	}
	return ""
}

// SetField sets a setting from what was typed. The error says what is allowed;
// the setting then stays as it was.
func (m *Model) SetField(key, text string) error {
	return m.Draft.Settings.Apply(key, text)
}

// ResetField gives a setting the preset's value back.
func (m *Model) ResetField(key string) {
	preset := m.preset()
	if f, err := training.FieldByKey(key); err == nil {
		_ = f.Set(&m.Draft.Settings, f.Get(&preset)) // a preset's value is always allowed
	}
}

// ChangedText is "none changed" or how many.
func (m *Model) ChangedText() string {
	switch n := len(changed(m.Draft.Settings, m.preset())); n {
	case 0:
		return "none changed"
	case 1:
		return "1 changed"
	default:
		return fmt.Sprintf("%d changed", n)
	}
}

// SettingsError is why the settings cannot be used, or "".
func (m *Model) SettingsError() string {
	if err := m.Draft.Settings.Validate(); err != nil {
		return notice.Line(err)
	}
	return ""
}
