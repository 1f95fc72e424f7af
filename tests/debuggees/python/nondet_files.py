import os, sys, tempfile, glob, shutil, json
d = tempfile.mkdtemp(prefix='frtest')
for i in range(20):
    with open(os.path.join(d, 'f%d.txt' % i), 'w') as f:
        f.write('line %d\n' % i * (i + 1))
with open(os.path.join(d, 'log'), 'a') as f:
    for i in range(50):
        print('entry', i, file=f, flush=True)
sizes = sorted((e.name, e.stat().st_size, e.stat().st_mtime) for e in os.scandir(d))
names = os.listdir(d)
txt = [open(p).read() for p in glob.glob(d + '/*.txt')]
os.rename(d + '/f0.txt', d + '/g0.txt'); os.unlink(d + '/f1.txt')
ex = os.path.exists(d + '/f1.txt'), os.path.exists(d + '/g0.txt')
st = os.statvfs(d)
big = open(sys.executable, 'rb').read()
h = hash(big)
shutil.rmtree(d)
try:
    open(d + '/nope')
except FileNotFoundError as e:
    err = e
print(len(names), len(txt), ex, h)
