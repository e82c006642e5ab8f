package datasets

// ImportOptions say how a file becomes rows.
type ImportOptions struct {
	Name   string // the net's slug or title; empty takes the file's name
	Title  string // shown name of a new net; empty takes Name
	Format Format // empty detects
	// Mapping gives columns their roles (see Uses) and overrides detection.
	Mapping map[string]string
	SkipBad bool // leave out rows with errors instead of refusing the file
	// Progress is told bytes read of bytes in all, now and then.
	Progress func(done, total int64)
}

// ImportReport says what an import made, also when it is refused because of
// its rows.
type ImportReport struct {
	Net        DataNet    `json:"net"`
	Format     Format     `json:"format"`
	Rows       int        `json:"rows"`
	Skipped    int        `json:"skipped"`    // rows with errors, all of them
	Duplicates int        `json:"duplicates"` // rows that stand more than once; kept
	Digest     Digest     `json:"digest"`
	Existed    bool       `json:"existed"`  // the newest version has these very rows; nothing was written
	Errors     []RowError `json:"errors"`   // the first of the skipped
	Licensed   []Licensed `json:"licensed"` // DataNets in which rows of the file stand and that ask for a licence
}

// RowError is why one row cannot be used.
type RowError struct {
	Line    int    `json:"line"` // in the file, from 1
	Message string `json:"message"`
}

// Preview is what a file would become.
type Preview struct {
	Format  Format            `json:"format"`
	Reason  string            `json:"reason"` // why this format
	Columns []string          `json:"columns"`
	Mapping map[string]string `json:"mapping"`
	Entries []Row             `json:"entries"`
	Errors  []RowError        `json:"errors"`
	Rows    int               `json:"rows"` // good rows counted so far
}

// Format is how the rows of a file are written.
type Format string

// The formats that are read.
const (
	FormatMessages   Format = "messages"   // {"messages":[{"role","content"}]} (OpenAI)
	FormatShareGPT   Format = "sharegpt"   // {"conversations":[{"from","value"}]}
	FormatAlpaca     Format = "alpaca"     // {"instruction","input","output"}
	FormatPrompt     Format = "prompt"     // {"prompt","completion"} and its cousins
	FormatText       Format = "text"       // {"text"}
	FormatPreference Format = "preference" // {"prompt","chosen","rejected"} and its cousins
	FormatColumns    Format = "columns"    // JSON objects with a mapping of one's own
	FormatCSV        Format = "csv"        // a head line, then rows
	FormatTSV        Format = "tsv"
)

// Uses of a column in a mapping.
const (
	UseMessages  = "messages"  // a list of role and content, or from and value
	UseSystem    = "system"    // the system message
	UseUser      = "user"      // the question
	UseContext   = "context"   // added to the question after an empty line
	UseHistory   = "history"   // a list of earlier [question, answer] pairs
	UseAssistant = "assistant" // the answer
	UseChosen    = "chosen"    // the answer that people chose, or the whole conversation with it
	UseRejected  = "rejected"  // the answer that they rejected, likewise
	UseText      = "text"      // plain text, learnt whole
	UseNone      = "-"         // left out
)
