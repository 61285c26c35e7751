#!/usr/bin/env python3
"""Prints docs/error-codes.md from the reasons that the headers define, with the comments they carry.

tests/docs/error_codes.py          prints the page
tests/docs/error_codes.py --check  compares it with docs/error-codes.md
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs/error-codes.md'
REASON = re.compile(r'inline constexpr (?:char|std::string_view) k\w+(?<!Event)(?:\[\])?\s*=\s*"([A-Z][A-Z0-9_]{3,62})";')
HEAD = '''# Error reasons

Every error that a caller can branch on carries one `google.rpc.ErrorInfo` with domain `kp` and one of
these reasons; faulty fields come as `google.rpc.BadRequest` beside it. A refusal of role, domain or peer
carries its reason at the head of the message ("ROLE_NOT_ALLOWED: ..."). Findings of a verification use the
same words. This page is made from the headers by `tests/docs/error_codes.py`; a test keeps the two equal.
'''


def reasons(path):
    comment, found = [], []
    text = re.sub(r'=\s*\n\s*"', '= "', path.read_text())
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith('// ---'):
            comment = []
        elif stripped.startswith('//'):
            comment.append(stripped[2:].strip())
        else:
            match = REASON.search(line)
            if match:
                found.append((match.group(1), ' '.join(comment)))
            comment = []
    return found


def refusals(path):
    """The reasons of refused handshakes and callers: an enum whose names are spelled out."""
    found = []
    body = path.read_text().split('enum class Refusal {')[1].split('};')[0]
    for name, text in re.findall(r'k(\w+),\s*//\s*(.+)', body):
        found.append((re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).upper(), text))
    return found


def page():
    files = subprocess.run(['git', 'ls-files', '*.h'], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.split()
    out = [HEAD]
    for name in sorted(files):
        if '/testing/' in name or name.startswith('tests/') or name.endswith('names.h'):
            continue
        rows = refusals(ROOT / name) if name == 'mesh/tls/refusal.h' else reasons(ROOT / name)
        rows = [(code, text) for code, text in rows if not name.endswith('codes.h')]
        if not rows:
            continue
        out.append(f'\n## {name}\n\n| reason | meaning |\n| --- | --- |')
        for code, text in sorted(rows):
            out.append(f'| `{code}` | {text or "(see the header)"} |')
    return '\n'.join(out) + '\n'


if __name__ == '__main__':
    if sys.argv[1:] == ['--check']:
        if PAGE.read_text() != page():
            sys.exit('docs/error-codes.md is not what the headers say: run tests/docs/error_codes.py')
    else:
        print(page(), end='')
