"""tempfile, read/write/append/seek, directory listing, stat, logging to a file, json and shutil: outside effects that a replay must not repeat."""
import json
import logging
import os
import shutil
import tempfile
import time

work = tempfile.mkdtemp(prefix="fred-debuggee-")
try:
    logging.basicConfig(filename=os.path.join(work, "run.log"), level=logging.INFO, format="%(asctime)s %(message)s")
    for index in range(5):
        path = os.path.join(work, f"part{index}.json")
        with open(path, "w") as part:
            json.dump({"index": index, "time": time.time(), "pid": os.getpid()}, part)
        logging.info("wrote %s", os.path.basename(path))
    with open(os.path.join(work, "all.txt"), "a+") as merged:
        for name in sorted(os.listdir(work)):
            if name.endswith(".json"):
                with open(os.path.join(work, name)) as part:
                    merged.write(str(json.load(part)["index"]))
        merged.seek(2)
        tail = merged.read()
    sizes = {entry.name: entry.stat().st_size for entry in os.scandir(work)}
    print("tail", tail, "files", len(sizes))
    assert os.path.getsize(os.path.join(work, "all.txt")) == 5
    with open(os.path.join(work, "run.log")) as log:
        lines = log.readlines()
    print("logged", len(lines))
finally:
    logging.shutdown()
    shutil.rmtree(work)
print("left behind:", os.path.exists(work))
