package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/modelfactory/modelfactory"

// rule says what a package (and, with a trailing /..., those below it) may import of ours, and what it may never import.
// The first rule that matches counts.
type rule struct {
	pkg   string
	ours  []string
	never []string
}

const (
	fyne = "fyne.io/fyne/v2"
	sql  = "database/sql"

	driver = "github.com/mattn/go-sqlite3"
)

var table = []rule{
	{"assets/...", nil, []string{fyne, sql}},
	{"internal/wholefile", nil, []string{fyne, sql}},
	{"datasets/...", []string{"datasets/...", "internal/wholefile"}, []string{fyne, sql, "github.com/ethereum/go-ethereum/..."}},
	{"wallet/...", []string{"wallet/...", "internal/wholefile"}, []string{fyne, sql, "net", "net/http", "github.com/ethereum/go-ethereum/ethclient"}},
	{"training/protocol", nil, []string{fyne, sql}},
	{"training/trainer", nil, []string{fyne, sql}},
	{"training/trainingtest", []string{"training", "training/protocol", "datasets/..."}, []string{fyne, sql}},
	{"training/local/...", []string{"training/...", "datasets/...", "internal/wholefile"}, []string{fyne, sql}},
	{"training/ollama", []string{"training/..."}, []string{fyne, sql}},
	{"training", []string{"training/protocol", "datasets", "internal/wholefile"}, []string{fyne, sql}},
	{"chain/bindings/...", nil, []string{fyne, sql}},
	{"chain/contracts/...", []string{"chain/bindings/...", "chain/contracts/..."}, []string{fyne, sql}},
	{"chain/lineage/...", []string{"chain/...", "training/...", "datasets/...", "internal/wholefile"}, []string{fyne, sql, module + "/wallet"}},
	{"chain/devchain/...", []string{"chain/...", "datasets", "internal/wholefile"}, []string{fyne, sql, module + "/wallet"}},
	{"chain/chaintest/...", []string{"chain/...", "internal/wholefile"}, []string{fyne, sql, module + "/wallet"}},
	{"chain", []string{"chain/bindings/...", "chain/contracts"}, []string{fyne, sql, module + "/wallet"}},
	{"ui/theme", []string{"assets/..."}, []string{sql, fyne + "/app"}},
	{"ui/widgets/...", []string{"assets/...", "ui/theme", "ui/widgets/...", "ui/task"}, []string{sql, fyne + "/app"}},
	{"ui/task", nil, []string{sql, fyne + "/app"}},
	{"ui/installing", []string{"ui/widgets", "training/local"}, []string{sql, fyne + "/app"}},
	{"ui/nav", []string{"assets/...", "ui/theme", "ui/widgets/...", "ui/task", "ui/notice"}, []string{sql, fyne + "/app"}},
	{"ui/notice", []string{"assets/...", "ui/theme", "ui/widgets/...", "ui/task", "ui/nav"}, []string{sql, fyne + "/app"}},
	{"ui/uitest/...", []string{"assets/...", "ui/theme", "ui/widgets/...", "ui/task", "ui/nav", "ui/notice"}, []string{sql, fyne + "/app"}},
	{"ui", []string{"assets/...", "ui/...", "datasets", "training/...", "wallet", "chain/..."}, []string{sql, fyne + "/app"}},
	{"cmd/internal/sqlite", []string{"datasets/...", "training/...", "chain/...", "internal/wholefile"}, []string{fyne, module + "/ui/..."}},
	{"cmd/internal/studio", []string{"assets/...", "datasets/...", "training/...", "wallet/...", "chain/...", "cmd/internal/sqlite", "internal/wholefile"}, []string{fyne, sql, module + "/ui/..."}},
	{"cmd/internal/verbs", []string{"assets/...", "datasets/...", "training/...", "wallet/...", "chain/...", "cmd/internal/studio"}, []string{fyne, sql, module + "/ui/..."}},
	{"cmd/internal/archtest", nil, nil},
	{"cmd/mf", []string{"cmd/internal/..."}, []string{fyne, fyne + "/...", sql, module + "/ui/..."}},
	{"cmd/modelfactory", []string{"..."}, []string{sql}},
}

// screens may import the window's parts and the domains, never each other.
var screenMay = []string{"assets/...", "ui/theme", "ui/widgets/...", "ui/task", "ui/nav", "ui/notice", "ui/installing", "ui/uitest", "datasets", "training/...", "wallet", "chain/...", "internal/wholefile"}

type file struct {
	dir, name string
	imports   []string
	tree      *ast.File
}

func goFiles(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	var files []file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || p != root && strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		one := file{dir: path.Dir(filepath.ToSlash(rel)), name: path.Base(filepath.ToSlash(rel)), tree: f}
		for _, im := range f.Imports {
			name, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			one.imports = append(one.imports, name)
		}
		files = append(files, one)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files found: the test looks in the wrong place", len(files))
	}
	return files
}

func matches(pattern, name string) bool {
	if pattern == "..." || pattern == name {
		return true
	}
	base, deep := strings.CutSuffix(pattern, "/...")
	return deep && (name == base || strings.HasPrefix(name, base+"/"))
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if matches(p, name) {
			return true
		}
	}
	return false
}

func ruleFor(dir string) (rule, bool) {
	if matches("ui/...", dir) && strings.HasSuffix(dir, "screen") {
		return rule{dir, screenMay, []string{sql, fyne + "/app"}}, true
	}
	for _, r := range table {
		if matches(r.pkg, dir) {
			return r, true
		}
	}
	return rule{}, false
}

func TestImportTable(t *testing.T) {
	for _, f := range goFiles(t) {
		r, ok := ruleFor(f.dir)
		if !ok {
			t.Errorf("%s/%s: the package has no line in the import table", f.dir, f.name)
			continue
		}
		test := strings.HasSuffix(f.name, "_test.go")
		for _, im := range f.imports {
			if ours, ok := strings.CutPrefix(im, module+"/"); ok && ours != f.dir && !test && !matchesAny(r.ours, ours) {
				t.Errorf("%s/%s may not import %s", f.dir, f.name, ours)
			}
			if !test && matchesAny(r.never, im) {
				t.Errorf("%s/%s must never import %s", f.dir, f.name, im)
			}
			if im == fyne+"/app" && f.dir != "cmd/modelfactory" {
				t.Errorf("%s/%s: only cmd/modelfactory opens a real window", f.dir, f.name)
			}
			if (im == sql || matches(driver+"/...", im)) && f.dir != "cmd/internal/sqlite" {
				t.Errorf("%s/%s: SQL lives in cmd/internal/sqlite", f.dir, f.name)
			}
			if f.name == "model.go" && strings.HasPrefix(im, fyne) {
				t.Errorf("%s/model.go: a screen's model knows no Fyne", f.dir)
			}
		}
	}
}

// Work off the window's goroutine starts in one place, so that nothing can touch a widget from the wrong one.
func TestGoroutinesOfTheWindow(t *testing.T) {
	for _, f := range goFiles(t) {
		if !matches("ui/...", f.dir) || f.dir == "ui/task" || strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s/%s starts a goroutine: use ui/task", f.dir, f.name)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "fyne" && (n.Sel.Name == "Do" || n.Sel.Name == "DoAndWait") {
					t.Errorf("%s/%s calls fyne.%s: use ui/task", f.dir, f.name, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// The domains must be usable, and testable, without a C compiler, a display or a database.
func TestDomainsBuildWithoutCgo(t *testing.T) {
	domains := []string{"./datasets/...", "./training/...", "./wallet/...", "./chain/..."}
	cmd := exec.Command("go", append([]string{"list", "-deps", "-f", "{{if .CgoFiles}}{{.ImportPath}}{{end}}"}, domains...)...)
	cmd.Dir = filepath.Join("..", "..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if s := strings.TrimSpace(string(out)); s != "" {
		t.Errorf("these packages of the domains' dependencies need cgo:\n%s", s)
	}
	// database/sql by itself is only interfaces, and small modules (uuid, uint256) import it for theirs: what counts is a
	// driver, and our own imports, which the table above holds.
	deps := exec.Command("go", append([]string{"list", "-deps", "-f", "{{.ImportPath}}"}, domains...)...)
	deps.Dir, deps.Env = cmd.Dir, cmd.Env
	out, err = deps.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		if matches(fyne+"/...", dep) || matches(driver+"/...", dep) {
			t.Errorf("the domains depend on %s", dep)
		}
	}
}

// A package says what it is for in doc.go; one that has a single file may say it there.
func TestEveryPackageHasADoc(t *testing.T) {
	type pkg struct {
		files int
		told  bool // in doc.go
		some  bool // in some file
	}
	pkgs := map[string]*pkg{}
	for _, f := range goFiles(t) {
		if matches("chain/bindings/...", f.dir) || strings.HasSuffix(f.name, "_test.go") && f.dir != "cmd/internal/archtest" {
			continue
		}
		p := pkgs[f.dir]
		if p == nil {
			p = &pkg{}
			pkgs[f.dir] = p
		}
		p.files++
		said := f.tree.Doc != nil && len(f.tree.Doc.Text()) > 40
		p.some = p.some || said
		p.told = p.told || said && f.name == "doc.go"
	}
	for dir, p := range pkgs {
		if !p.told && !(p.some && p.files == 1) {
			t.Errorf("%s has no doc.go", dir)
		}
	}
}
