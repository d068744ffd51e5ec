"""Pictures of certificates' codes, and what a camera sees of them."""

import json
import math

from common import tool


def page_picture(pdf, work, dpi=200):
    from PIL import Image

    stem = work / pdf.stem
    tool("pdftoppm", "-r", dpi, "-png", "-singlefile", pdf, stem, check=True)
    return Image.open(f"{stem}.png").convert("RGB")


def code_in(picture):
    import zxingcpp

    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code


def drawn(text, scale, quiet):
    import zxingcpp
    from PIL import Image

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=scale, add_quiet_zones=quiet)
    return Image.frombytes("L", (code.shape[1], code.shape[0]), bytes(memoryview(code).tobytes())).convert("RGB")


def code_picture(text, path):
    """A code of its own, as a forger prints it."""
    from PIL import Image

    sheet = Image.new("RGB", (1200, 1600), (250, 248, 240))
    sheet.paste(drawn(text, 6, True), (200, 300))
    sheet.save(path)
    return path


def film(picture, path, width=1280, height=720, turn=4):
    """What a camera sees: the page on a desk, its code large, a little turned and not quite sharp; two pictures, over and over (YUV4MPEG2)."""
    from PIL import Image, ImageFilter

    place = code_in(picture).position
    x, y = (place.top_left.x + place.bottom_right.x) / 2, (place.top_left.y + place.bottom_right.y) / 2
    scale = math.hypot(place.top_right.x - place.top_left.x, place.top_right.y - place.top_left.y) / (0.5 * height)
    angle = math.radians(turn)
    a, b = scale * math.cos(angle), scale * math.sin(angle)
    matrix = (a, -b, x - a * width / 2 + b * height / 2, b, a, y - b * width / 2 - a * height / 2)
    with open(path, "wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420mpeg2\n".encode())
        for blur in (0.5, 0.9):
            seen = picture.transform((width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=(120, 105, 90))
            luma, blue, red = seen.filter(ImageFilter.GaussianBlur(blur)).convert("YCbCr").split()
            half = (width // 2, height // 2)
            out.write(b"FRAME\n" + luma.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes())
    return path


def certificate(row, folder, work):
    """A row with what is needed to show it: the code's text, the longer proof inside the file, a picture of the page."""
    from PIL import Image

    pdf = folder / f"{row['number']}.pdf"
    page = page_picture(pdf, work)
    path = work / f"{row['number']}-{folder.name}.jpg"
    page.resize((page.width * 3 // 4, page.height * 3 // 4), Image.Resampling.BICUBIC).save(path, quality=85)
    proof = json.loads(tool("qpdf", "--show-attachment=certificate.json", pdf, check=True).stdout)["proof"]
    return {**row, "pdf": pdf, "code": code_in(page).text, "proof": proof, "picture": path}


def with_code(row, text, work):
    """The page with another code in the place of its own."""
    from PIL import Image

    page = page_picture(row["pdf"], work)
    place = code_in(page).position
    side = place.bottom_right.x - place.top_left.x
    page.paste(drawn(text, 4, False).resize((side, side), Image.Resampling.LANCZOS), (place.top_left.x, place.top_left.y))
    return page


def changed(text, at=-40):
    """The text of a code with one of its digits another one, so that it still has the right form."""
    at %= len(text)
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
