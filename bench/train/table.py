"""The tables of docs/benchmarks.md, made from the bench's JSON.

python table.py RESULT.json…       writes them into docs/benchmarks.md, between the marks
"""

import json
import re
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench/train: begin -->", "<!-- bench/train: end -->"
KINDS = {
    "samples": "the sample DataNets",
    "mixed": "mixed lengths, about half trained",
    "dense": "dense documents",
}


def gigabytes(n: int) -> str:
    return f"{n / 1e9:.2f} GB"


def times(ratio: float) -> str:
    return f"{ratio:.2f}x"


def memory_text(cell: dict) -> str:
    return f"{gigabytes(cell['told'])} told, {gigabytes(cell['measured'])} measured ({100 * cell['error']:+.1f} %)"


def settings(cell: dict) -> str:
    s = cell["settings"]
    words = [cell["precision"]] if cell["peer"] == "ModelFactory" else [f"base {s['base_dtype']}"]
    if s.get("autocast"):
        words.append(f"autocast {s['autocast']}")
    if "batch" in s:
        words.append(f"batch {s['batch']}")
        words.append("checkpointing" if s["checkpointing"] else "no checkpointing")
    if s.get("padding_free"):
        words.append("padding-free")
    if s.get("kernels"):
        words.append(f"{s['kernels']} kernels")
    if s.get("threads"):
        words.append(f"{s['threads']} thread{'s' if s['threads'] > 1 else ''}")
    return ", ".join(words)


def table(head: list[str], rows: list[list[str]], right: int) -> str:
    """A Markdown table whose columns from number `right` on are figures."""
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join("---:" if i >= right else "---" for i in range(len(head))) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def speed(result: dict) -> list[str]:
    head = ["engine", "settings", "steps", "tokens/s (quartiles)", "peak memory"]
    head += ["ours is", "by block", "memory, ours / theirs"]
    out = []
    for shape, about in result["shapes"].items():
        rows = []
        for c in result["cells"]:
            if c["shape"] != shape:
                continue
            compared = [""] * 3
            if "ratio" in c:
                compared = [times(c["ratio"]), ", ".join(map(times, c["ratios"])), times(c["memory_ratio"])]
            rate = f"{c['median']:,.0f} ({c['q1']:,.0f}–{c['q3']:,.0f})"
            rows.append([c["peer"], settings(c), str(c["steps"]), rate, gigabytes(c["peak_memory_bytes"]), *compared])
        for c in result.get("failed", []):
            if c["shape"] == shape:
                rows.append([c["peer"], f"no figures: {c['why'].replace('|', '/')}", *[""] * 6])
        out.append(
            f"**({shape}) {KINDS[about['kind']]}**: {about['rows_per_step']} rows and about"
            f" {about['tokens_per_step']:,} tokens a step, median row {about['median_length']:,.0f},"
            f" longest {about['longest']:,}, {100 * about['trained_share']:.0f} % trained"
        )
        out.append(table(head, rows, 2))
        if names := [c["peer"] for c in result.get("too_big", []) if c["shape"] == shape]:
            out.append(f"Did not fit: {', '.join(names)}.")
    return out


def shares(result: dict) -> list[str]:
    gemm, rows = result["gemm"], []
    for c in (c for c in result["cells"] if "gemm" in c):
        share = f"{100 * c['share_of_gemm_rate']:.0f} %"
        rates = ", ".join(f"{rate / 1e9:,.0f}" for rate in c["gemm"])
        rows.append([c["shape"], c["precision"], c["peer"], rates, share])
    if not rows:
        return []
    flops = ", ".join(f"({s}) {a['flops_per_token'] / 1e6:,.0f} MFLOP" for s, a in result["shapes"].items())
    return [
        "Share of the machine's rate of matrix products, measured before each block (a row has one for each) at this"
        " model's shapes"
        f" ({gemm['tokens']:,} tokens, {gemm['threads']} thread{'s' if gemm['threads'] > 1 else ''}, forward and input"
        " gradient). A token needs 4 N for the body, 4 V H × the trained share for the head, and for attention 6 W L̄ a"
        " layer (N parameters of the adapted layers, V vocabulary, H hidden width, W width of the queries,"
        f" L̄ = Σ length² / Σ length): {flops}.",
        table(["shape", "precision", "engine", "GFLOP/s of products", "share reached"], rows, 3),
    ]


def memory(result: dict) -> list[str]:
    if "memory" not in result:
        return []
    m = result["memory"]
    rows = [
        [
            f"{c['tokens']:,}",
            str(c["rank"]),
            c["recompute"],
            gigabytes(c["told"]),
            gigabytes(c["measured"]),
            f"{100 * c['error']:+.1f} %",
        ]
        for c in m["grid"]
    ]
    errors = f"median error {100 * m['median_error']:.1f} %, worst {100 * m['worst_error']:.1f} %"
    return [
        f"Memory told before the run against the peak measured: {errors}.",
        table(["tokens at once", "rank", "recompute", "told", "measured", "error"], rows, 3),
    ]


def markdown(result: dict) -> str:
    """The section of one result."""
    h, v = result["hardware"], result["versions"]
    best = [f for f in ("avx2", "avx512f", "amx_bf16") if f in h["flags"]]
    machine = h["gpu"] or ", ".join([h["cpu"], f"{h['cores']} cores", *best])
    versions = ", ".join(f"{n} {v[n]}" for n in v)
    if own := result.get("unsloth_versions"):
        versions += "; Unsloth's environment: " + ", ".join(f"{n} {own[n]}" for n in own)
    changed = " with changes of the trainer" if result["trainer_changed"] else ""
    quick = " **A trial of two small steps: it measures nothing.**" if result["quick"] else ""
    if "memory_gb" in result:
        machine += f", of whose memory each engine has {result['memory_gb']:g} GB"
    parts = [
        f"### {result['model']['name']} on {machine}",
        f"{result['date']}, commit {result['commit']}{changed}; {versions}."
        f" First losses equal to {result['check']['difference']:.0e}."
        f" First step {result['first_step_seconds']:.1f} s after Start, with the default recipe.{quick}",
        *speed(result),
        *shares(result),
        *memory(result),
    ]
    return "\n\n".join(parts) + "\n"


def write(paths: list[Path]) -> None:
    """Put the tables of these results into the document, in the place of those that stand there."""
    results = [json.loads(p.read_text("utf-8")) for p in paths]
    text = DOCUMENT.read_text("utf-8")
    between = f"{BEGIN}\n\n" + "\n".join(map(markdown, results)) + f"\n{END}"
    changed, n = re.subn(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: between, text, flags=re.DOTALL)
    if n != 1:
        raise SystemExit(f"{DOCUMENT.name} has no place for the tables: put {BEGIN} and {END} into it")
    DOCUMENT.write_text(changed, "utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    write([Path(p) for p in sys.argv[1:]])
