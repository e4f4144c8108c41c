/**
 * Python program `(wheel, folder)`: takes out of a wheel what the native engine needs, libraries and C headers, and
 * prints the path of each library. Python's zip reader checks every file against its checksum.
 */
export const unpackWheelProgram: string = `
import os, sys, zipfile

wheel, folder = sys.argv[1:3]
headers = tuple("tensorflow/include/" + part for part in (
    "tensorflow/c/", "tensorflow/core/platform/", "tensorflow/core/common_runtime/next_pluggable_device/c/",
    "tsl/platform/", "xla/tsl/"))

def wanted(name):
    if name.endswith((".h", ".inc")):
        return name.startswith(headers)
    if name.startswith("tensorflow/libtensorflow") and name.count("/") == 1:
        return True
    if name.startswith("nvidia/"):
        return "/include/" not in name and not name.endswith("/")
    return False

with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if wanted(entry.filename):
            path = archive.extract(entry, folder)
            if "/bin/" in entry.filename:
                os.chmod(path, 0o755)
            if ".so" in entry.filename or entry.filename.endswith(".dylib"):
                print(entry.filename, flush=True)
    for name in archive.namelist():
        if name.endswith(".dist-info/METADATA"):
            for line in archive.read(name).decode("utf-8").splitlines():
                if line.startswith("Requires-Dist: nvidia-"):
                    print("needs " + line[len("Requires-Dist: "):].split(";")[0].strip(), flush=True)
`;
