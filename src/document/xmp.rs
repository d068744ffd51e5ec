//! The document's metadata (ISO 16684-1): title, issuer, number, times; PDF/A-4f and PDF/UA-2 by their identification schemas.

use crate::domain::time::Instant;

/// What the packet says of a document.
pub(super) struct Metadata<'a> {
    pub(super) title: &'a str,
    /// Author and publisher in one.
    pub(super) issuer: &'a str,
    /// The certificate's number.
    pub(super) number: &'a str,
    /// When it was made, which is the signing time.
    pub(super) made: Instant,
}

/// The XMP packet. It is stored uncompressed, as PDF/A wants it.
pub(super) fn packet(metadata: &Metadata<'_>) -> String {
    let [title, issuer, number] = [metadata.title, metadata.issuer, metadata.number].map(escape);
    let at = metadata.made.rfc3339_beijing();
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\">\
<dc:format>application/pdf</dc:format>\
<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
<dc:creator><rdf:Seq><rdf:li>{issuer}</rdf:li></rdf:Seq></dc:creator>\
<dc:publisher><rdf:Bag><rdf:li>{issuer}</rdf:li></rdf:Bag></dc:publisher>\
<dc:identifier>{number}</dc:identifier>\
<dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>\
<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate><xmp:MetadataDate>{at}</xmp:MetadataDate>\
<xmp:CreatorTool>Yinxin</xmp:CreatorTool><pdf:Producer>Yinxin</pdf:Producer>\
<pdfaid:part>4</pdfaid:part><pdfaid:rev>2020</pdfaid:rev><pdfaid:conformance>F</pdfaid:conformance>\
<pdfuaid:part>2</pdfuaid:part><pdfuaid:rev>2024</pdfuaid:rev>\
</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_markup_stay_text() {
        let made = Instant::from_millis(1_704_418_200_000).unwrap();
        let packet = packet(&Metadata { title: "<获奖> & 证书", issuer: "A&B", number: "LH1", made });
        for part in [
            "x-default\">&lt;获奖&gt; &amp; 证书<",
            "<dc:creator><rdf:Seq><rdf:li>A&amp;B</rdf:li>",
            "<dc:publisher><rdf:Bag><rdf:li>A&amp;B</rdf:li>",
            "<dc:identifier>LH1</dc:identifier>",
            "<xmp:CreateDate>2024-01-05T09:30:00+08:00</xmp:CreateDate>",
        ] {
            assert!(packet.contains(part), "{part} in {packet}");
        }
    }
}
