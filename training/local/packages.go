package local

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// indexArgs tell uv where packages of a set come from; wheels is a folder to
// take them from instead.
func (s PinSet) indexArgs(wheels string) []string {
	switch {
	case wheels != "":
		return []string{"--offline", "--no-index", "--find-links", wheels}
	case s.Index != "":
		// Every version is exact, so the best match is the only one.
		return []string{"--index", s.Index, "--index-strategy", "unsafe-best-match"}
	}
	return nil
}

// list returns the file with the set's packages and their hashes. For a set
// with an index of its own the build of torch and what it needs are looked up
// there; every package that runtime.txt knows keeps the hashes of runtime.txt.
func (r *Runtime) list(ctx context.Context, uv string, set PinSet, tmp, env string, say func(string)) (string, error) {
	dir, err := r.sources()
	if err != nil {
		return "", installError(err, "the trainer cannot be unpacked")
	}
	own := filepath.Join(dir, filepath.FromSlash(pins))
	if set.Index == "" {
		return own, nil
	}
	known := parseRequirements(r.mustRead(pins))
	in, out := filepath.Join(tmp, "packages.in"), filepath.Join(tmp, "packages.txt")
	if err := os.WriteFile(in, []byte(otherBuild(known, set.Build)), 0o644); err != nil {
		return "", installError(err, "the list of packages cannot be written")
	}
	args := append([]string{"pip", "compile", "--python", pythonIn(env), "--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:", "--output-file", out}, set.indexArgs("")...)
	if words, err := r.run(ctx, r.uvEnv(), say, uv, append(args, in)...); err != nil {
		return "", networkError(ctx, err, words, "the packages of the set "+set.Name+" cannot be looked up")
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		return "", installError(err, "the list of packages cannot be read")
	}
	if err := os.WriteFile(out, []byte(withOwnHashes(parseRequirements(raw), known)), 0o644); err != nil {
		return "", installError(err, "the list of packages cannot be written")
	}
	return out, nil
}

// otherBuild asks for the known versions with another build of torch, without
// what only the ordinary build needs, and on a processor only cards.
func otherBuild(known []requirement, build string) string {
	var b strings.Builder
	for _, q := range known {
		if q.name == "triton" || strings.HasPrefix(q.name, "nvidia-") || strings.HasPrefix(q.name, "cuda-") {
			continue
		}
		if q.name == "bitsandbytes" && build == "+cpu" {
			continue
		}
		b.WriteString(q.name + "==" + q.version)
		if q.name == "torch" {
			b.WriteString(build)
		}
		if q.marker != "" {
			b.WriteString(" ; " + q.marker)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// withOwnHashes writes a list in which known packages have the known hashes.
func withOwnHashes(list, known []requirement) string {
	var b strings.Builder
	for _, q := range list {
		if i := slices.IndexFunc(known, func(k requirement) bool { return k.name == q.name && k.version == q.version }); i >= 0 {
			q = known[i]
		}
		b.WriteString(q.text + "\n")
	}
	return b.String()
}

// verifyFiles compares the files of an environment with what each package says
// of itself (its RECORD): that they are there with their size and, when deep,
// with their SHA-256. It returns the packages that differ. report may be nil.
func verifyFiles(ctx context.Context, env string, deep bool, report func(done, total int64)) (damaged []string, err error) {
	site, err := sitePackagesIn(env)
	if err != nil {
		return nil, installError(err, "the installed packages cannot be found")
	}
	infos, _ := filepath.Glob(filepath.Join(site, "*.dist-info"))
	var done, total int64
	if report != nil {
		total = folderSize(site)
	}
	for _, info := range infos {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(info), ".dist-info"), "-")
		read, ok, err := verifyPackage(ctx, site, info, deep)
		if err != nil {
			return nil, err
		}
		if done += read; report != nil {
			report(min(done, total), total)
		}
		if !ok {
			damaged = append(damaged, plainName(name))
		}
	}
	return damaged, nil
}

// verifyPackage says whether the files of one package are as recorded, and how
// many bytes they have.
func verifyPackage(ctx context.Context, site, info string, deep bool) (bytes int64, ok bool, err error) {
	f, err := os.Open(filepath.Join(info, "RECORD"))
	if err != nil {
		return 0, false, nil
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	count := 0
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return bytes, count > 0, nil
		}
		if err != nil || len(row) < 3 {
			return bytes, false, nil
		}
		if ctx.Err() != nil {
			return bytes, false, ctx.Err()
		}
		count++
		path := filepath.Join(site, filepath.FromSlash(row[0]))
		st, err := os.Stat(path)
		if err != nil {
			return bytes, false, nil
		}
		if size, err := strconv.ParseInt(row[2], 10, 64); err == nil && size != st.Size() {
			return bytes, false, nil
		}
		bytes += st.Size()
		if want, ok := strings.CutPrefix(row[1], "sha256="); ok && deep {
			got, err := fileSum(path)
			if err != nil || got != want {
				return bytes, false, nil
			}
		}
	}
}

// fileSum is the SHA-256 of a file as RECORD writes it.
func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)), nil
}
