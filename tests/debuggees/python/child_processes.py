"""subprocess in several forms, pipes, environment, exit codes, a missing program, os.fork and multiprocessing-free waiting."""
import os
import subprocess
import sys

results = []
results.append(subprocess.run(["/bin/echo", "hello"], capture_output=True, text=True).stdout.strip())
piped = subprocess.Popen(["/usr/bin/tr", "a-z", "A-Z"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
out, _ = piped.communicate("shout\n")
results.append(out.strip())
results.append(subprocess.call(["/bin/sh", "-c", "exit 7"]))
try:
    subprocess.run(["/no/such/program"])
except FileNotFoundError as error:
    results.append(error.errno)
code = "import os; print(os.environ['FRED_PROBE'], sum(range(10)))"
results.append(subprocess.check_output([sys.executable, "-c", code], env={**os.environ, "FRED_PROBE": "x"}, text=True).strip())
with os.popen("echo popen; exit 0") as stream:
    results.append(stream.read().strip())
pid = os.fork()
if pid == 0:
    os._exit(3)
_, status = os.waitpid(pid, 0)
results.append(os.WEXITSTATUS(status))
for result in results:
    print(repr(result))
