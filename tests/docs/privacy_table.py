"""Compares the table of docs/privacy.md with what each party heard (tests/e2e/privacy_table_test.sh).

privacy_table.py DIR DOCUMENT: DIR holds PARTY.heard, and PARTY.right and PARTY.wrong for those who
verify. A part is told when its value came back, compared when a right statement of it is answered
MATCH and a wrong one MISMATCH.
"""
import base64
import json
import os
import re
import sys

PARTIES = [('issuer', 'issuer'), ('importer', 'named importer'), ('customs', "its customs"), ('transit', 'transit'),
           ('third', 'third participant'), ('observer', 'observer'), ('secretariat', 'secretariat')]
BEGIN, END = '<!-- table: privacy -->\n', '<!-- end -->'


def numbers(value, text):
    """A number as JSON and as CBOR write it, and as people do."""
    return [b'"%d"' % value, b': %d' % value, b':%d' % value, b'\x1a' + value.to_bytes(4, 'big'), text.encode()]


def day(name):
    """A date as JSON, CBOR and a declaration's answer write it; times of today hold it too."""
    value = os.environ[name].encode()
    return [b'"' + value + b'"', b'\x6a' + value, b'says ' + value]


# What, the patterns that tell it, the field of a question that states it, the file of customs' try.
PARTS = [
    ('exporter', [b'Quartz Heron Exporters'], 'EXPORTER', 'exporter'),
    ('importer', [b'Umber Falcon Imports'], 'IMPORTER', 'importer'),
    ('their addresses', [b'17 Quartz Heron Road', b'3 Umber Falcon Straat'], None, None),
    ('weight of each line', numbers(4321987, '4321.987'), 'LINES', 'carats'),
    ('value of each line', numbers(987654321, '9876543.21'), 'TOTAL_VALUE', 'value'),
    ('parcels', numbers(70123, 'says 70123'), 'PARCELS', 'parcels'),
    ('origin', [b'"countries":["ZW"', b'"register_value":"ZW"', b'says ZW', b'\x81\x62ZW'], 'ORIGIN', 'origin'),
    ('area of mining, operation', [b'Murowa'], None, None),
    ('seals', [b'SEAL-QZ-774411'], 'SEALS', 'seals'),
    ('issue date', day('issued'), 'ISSUE_DATE', 'issue_date'),
    ('expiry date', day('expires'), 'EXPIRY_DATE', 'expiry_date'),
    ('application id', [os.environ['application'].encode()], None, None),
    ('officers who applied, issued, validated', [b'officer/applicant', b'officer/issuer', b'officer/validator'], None, None),
    ('inspection before validation', [b'Inspector Quartzheron'], None, None),
    ('text of an endorsed error', [b'misprinted-umber'], None, None),
    ('that an error was endorsed, and in which field', [b'ERROR_ENDORSED', b'misprinted-umber'], None, None),
    ('whether it was used', [b'USE_STATE_', b'ALREADY_USED', b'(R22)', b'KPB-RIGHT-' + os.environ['number'].encode()], None, None),
    ('consignment that used it', [b'KPB-RIGHT-' + os.environ['number'].encode()], None, None),
    ('state', [b'CERTIFICATE_STATE_CONFIRMED', b'CONFIRMED'], None, None),
]


def opened(text):
    """The text, and every byte string of it: signed statements are base64 in JSON, and hold others."""
    data = text + re.sub(rb'\s+', b'', text)
    for found in re.findall(rb'"([A-Za-z0-9+/_\\-]{40,}={0,2})"', text):
        data += base64.b64decode(found.replace(b'\\u003d', b'=') + b'==', altchars=b'-_' if b'-' in found or b'_' in found else None)
    return data


def result(directory, party, statement, field):
    path = os.path.join(directory, f'{party}.{statement}')
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8') as file:
        fields = json.load(file)['fields']
    found = {entry['match'] for entry in fields if entry['field'] == 'CERTIFICATE_FIELD_' + field}
    return found.pop().removeprefix('FIELD_MATCH_') if len(found) == 1 else None


def cell(directory, party, heard, part):
    _, patterns, field, customs = part
    if any(pattern in heard for pattern in patterns):
        return 'told'
    if party == 'customs' and customs is not None:
        with open(os.path.join(directory, customs + '.customs'), encoding='utf-8') as file:
            return 'compared' if re.search('reject', file.read(), re.IGNORECASE) else '-'
    if field and result(directory, party, 'right', field) == 'MATCH' and \
            result(directory, party, 'wrong', field) == 'MISMATCH':
        return 'compared'
    return '-'


def main():
    directory, document = sys.argv[1:3]
    rows = [['what'] + [title for _, title in PARTIES], ['---'] * (len(PARTIES) + 1)]
    heard = {}
    for party, _ in PARTIES:
        with open(os.path.join(directory, party + '.heard'), 'rb') as file:
            heard[party] = opened(file.read())
    for part in PARTS:
        rows.append([part[0]] + [cell(directory, party, heard[party], part) for party, _ in PARTIES])
    table = ''.join('| ' + ' | '.join(row) + ' |\n' for row in rows)
    with open(document, encoding='utf-8') as file:
        text = file.read()
    start = text.index(BEGIN) + len(BEGIN)
    end = text.index(END, start)
    if os.environ.get('KP_UPDATE_DOCS'):
        with open(document, 'w', encoding='utf-8') as file:
            file.write(text[:start] + table + text[end:])
        return 0
    if text[start:end] == table:
        return 0
    for said, found in zip(text[start:end].splitlines(), table.splitlines()):
        if said != found:
            print(f'the document: {said}\nfound:        {found}')
    return 1


sys.exit(main())
