"""Where to compute, with how many threads."""

import ctypes
import os
import platform
import sys

# Of the GNU OpenMP runtime: rounds a thread spins before it sleeps. Its default is 30 times as long, which made steps
# ten times slower when another program ran; none at all makes the second thread useless.
SPIN = 10_000


def default_threads(training: bool) -> int:
    """Threads for the CPU: half of what the machine reports, which is about the physical cores, at most 8. Small
    machines (4 or fewer) train with two, and threads.py takes one away while something else runs; other jobs there
    have one."""
    cores = os.cpu_count() or 1
    if cores > 4:
        return min(cores // 2, 8)
    return min(cores, 2) if training else 1


def prepare_environment(threads: int, training: bool = False) -> int:
    """Set what has to be set before torch is imported; threads 0 = by default. Returns the threads in use."""
    # More than there are processors would only wait for one another.
    threads = min(threads, os.cpu_count() or 1) if threads > 0 else default_threads(training)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["GOMP_SPINCOUNT"] = str(SPIN)
    if training and "Intel" in processor():
        os.environ["MKL_CBWR"] = "AUTO,STRICT"  # the same bits with any number of threads
    if training and sys.platform == "linux":
        _keep_freed_memory()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    return threads


def _keep_freed_memory() -> None:
    """Have the C library keep what is freed (mallopt(3)): each step asks for the same hundred megabytes again, and a
    page that was given back is cleared and mapped anew. Elsewhere than in the GNU C library it may do nothing."""
    m_mmap_max, m_trim_threshold = -4, -1
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, -1)  # never


def open_device(wanted: str, threads: int):
    """Choose and set up the torch device. "auto" takes a GPU when torch has one, else the CPU."""
    import torch

    from .errors import JobError

    torch.set_num_threads(threads)
    # The same sums in the same order each time; uninitialised memory need not be filled for that. This is
    # use_deterministic_algorithms(True, warn_only=True) without its import of torch's compiler, half of a start.
    torch.set_deterministic_debug_mode("warn")
    torch.utils.deterministic.fill_uninitialized_memory = False
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "xpu": hasattr(torch, "xpu") and torch.xpu.is_available(),
        "cpu": True,
    }
    if wanted in ("", "auto"):
        wanted = next(name for name, there in available.items() if there)
    if not available.get(wanted, False):
        why = _why_not(wanted)
        raise JobError(
            "device",
            f"this machine has no usable {wanted} device{why and ': ' + why}",
            "Choose the processor (cpu) or install its driver.",
        )
    return torch.device(wanted)


def _why_not(wanted: str) -> str:
    """What torch says about a device that it cannot use, in one line; empty where it says nothing."""
    import torch

    built = {"cuda": torch.backends.cuda.is_built(), "mps": torch.backends.mps.is_built(), "xpu": hasattr(torch, "xpu")}
    if not built.get(wanted, True) or (wanted == "xpu" and not torch.version.xpu):
        return f"torch {torch.__version__} is a build without it"
    if wanted == "cuda":
        try:
            torch.cuda.init()
        except (RuntimeError, AssertionError) as err:
            return str(err).strip().splitlines()[0]
    return ""


def name(device) -> str:
    """The device's name for people."""
    if device.type == "cuda":
        import torch

        return torch.cuda.get_device_name(device)
    return processor()


def processor() -> str:
    """The processor's name for people."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def memory_bytes(device) -> int:
    """The most memory of the job so far: allocated on a GPU, resident in this process on the CPU. 0 = not told."""
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device)
    try:
        # Not getrusage: on Linux its peak begins with that of the process that started this one.
        with open("/proc/self/status", encoding="ascii") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def memory(device) -> tuple[int, int]:
    """(bytes of the device, bytes free now); zeros where the system does not tell."""
    if device.type == "cuda":
        import torch

        free, total = torch.cuda.mem_get_info(device)
        return total, free
    if device.type != "cpu":
        return 0, 0
    try:
        with open("/proc/meminfo", encoding="ascii") as f:
            found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in f}
        return found["MemTotal"], found["MemAvailable"]
    except (OSError, KeyError, ValueError):
        return 0, 0
