"""What mails say to another program: every file strictly read, a line for each.

    mail_check.py FILE…                 To | From | Subject | date | language of the HTML | parts | SHA-256 of the file
    mail_check.py --text FILE           the plain text
    mail_check.py --header NAME FILE…   that header of each

Anything that Python's email package calls a defect ends it."""
import email
import email.policy
import hashlib
import re
import sys

STRICT = email.policy.SMTP.clone(raise_on_defect=True)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    for line in data.split(b"\r\n"):
        if b"\n" in line or b"\r" in line or len(line) > 998 or line != line.decode("ascii").encode():
            sys.exit(f"{path}: a bad line: {line!r}")
    mail = email.message_from_bytes(data, policy=STRICT)
    for part in mail.walk():
        if part.defects or any(part[name].defects for name in part.keys()):
            sys.exit(f"{path}: defects")
    return mail


def line_of(path):
    mail = read(path)
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",))
    files = list(mail.iter_attachments())
    if html is not None and "{{" in html.get_content() + text:
        sys.exit(f"{path}: an open tag")
    language = re.search(r'<html lang="(\w+)"', html.get_content())[1] if html is not None else "-"
    return " | ".join([str(mail["To"]), str(mail["From"]), str(mail["Subject"]), str(mail["Date"]), language,
                       ",".join(part.get_content_type() for part in mail.walk() if not part.is_multipart()),
                       ",".join(f"{file.get_filename()} {hashlib.sha256(file.get_content()).hexdigest()}"
                                for file in files)])


if sys.argv[1] == "--text":
    print(read(sys.argv[2]).get_body(("plain",)).get_content(), end="")
elif sys.argv[1] == "--header":
    for name in sys.argv[3:]:
        print(read(name)[sys.argv[2]])
else:
    for name in sys.argv[1:]:
        print(line_of(name))
