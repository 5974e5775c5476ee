//! The look: one table of colours for the pictures, in a light and a dark scheme, and the page's own style sheet.
//!
//! Pictures are also files of their own, and many programs that show SVG know no CSS variables; the two schemes are
//! therefore written out in full. The page is for browsers alone and uses variables.

/// Curves are told apart by this many colours; the next one starts again.
pub const SERIES: usize = 8;

/// Strokes of the curves in the light and in the dark scheme. Relatives of the built-in tasks stand side by side and
/// share a hue.
const SERIES_COLOURS: [(&str, &str); SERIES] = [
    ("#0f5fa8", "#4f9fe8"),
    ("#2d9bd3", "#93d3f7"),
    ("#0c7a54", "#35c08f"),
    ("#7c9c15", "#c3dd5f"),
    ("#cf5f12", "#f39a55"),
    ("#b0308c", "#ea83cd"),
    ("#6455c8", "#aaa0f7"),
    ("#846536", "#cbb07a"),
];

/// Selector, property, value in the light scheme, value in the dark scheme.
const COLOURS: [(&str, &str, &str, &str); 11] = [
    (".paper", "fill", "#ffffff", "#1a1d22"),
    ("text", "fill", "#24292f", "#e4e7eb"),
    (".tick,.note", "fill", "#5b6470", "#a3acb8"),
    (".grid", "stroke", "#e6e9ed", "#2c3138"),
    (".minor", "stroke", "#9aa3ae", "#6c7580"),
    (".frame", "stroke", "#9aa3ae", "#6c7580"),
    (".guide", "stroke", "#5b6470", "#a3acb8"),
    (".outline", "stroke", "#c3c9d1", "#454c56"),
    (".window", "stroke", "#e5484d", "#ff6369"),
    (".on-light", "fill", "#24292f", "#24292f"),
    (".on-dark", "fill", "#ffffff", "#ffffff"),
];

const SHAPES: &str = "\
.figure text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px}
.figure .tick{font-size:12px;font-variant-numeric:tabular-nums}
.figure .raised{font-size:9px}
.figure .note{font-size:12px}
.figure .heading{font-size:13px;font-weight:600}
.figure .cell{font-size:11px;font-variant-numeric:tabular-nums}
.figure .grid,.figure .frame,.figure .minor,.figure .outline{fill:none;stroke-width:1}
.figure .cells{shape-rendering:crispEdges}
.figure .curve{fill:none;stroke-width:2;stroke-linejoin:round}
.figure .nested0{stroke-width:9}
.figure .nested1{stroke-width:7.5}
.figure .nested2{stroke-width:6}
.figure .nested3{stroke-width:4.5}
.figure .nested4{stroke-width:3}
.figure .nested5{stroke-width:1.8}
.figure .thin{fill:none;stroke-width:1.2}
.figure .dashed{fill:none;stroke-width:1.4;stroke-dasharray:6 4}
.figure .dotted{fill:none;stroke-width:2;stroke-dasharray:0.1 4;stroke-linecap:round}
.figure .guide{fill:none}
.figure .window{fill:none;stroke-width:1.6}
";

/// The style sheet of the pictures.
pub fn figures() -> String {
    let scheme = |dark: bool| {
        let mut rules = String::new();
        for &(selectors, property, light_value, dark_value) in &COLOURS {
            let selectors: Vec<String> = selectors.split(',').map(|s| format!(".figure {s}")).collect();
            let value = if dark { dark_value } else { light_value };
            rules.push_str(&format!("{}{{{property}:{value}}}\n", selectors.join(",")));
        }
        for (i, (light_value, dark_value)) in SERIES_COLOURS.iter().enumerate() {
            rules.push_str(&format!(".figure .s{i}{{stroke:{}}}\n", if dark { dark_value } else { light_value }));
        }
        rules
    };
    format!("{SHAPES}{}@media (prefers-color-scheme:dark){{\n{}}}\n", scheme(false), scheme(true))
}

/// The style sheet of the page, without that of the pictures.
pub const PAGE: &str = "\
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#ffffff;--ink:#24292f;--soft:#5b6470;--rule:#dde1e6;--link:#0f5fa8}
@media (prefers-color-scheme:dark){:root{--ground:#121418;--card:#1a1d22;--ink:#e4e7eb;--soft:#a3acb8;--rule:#2f353d;--link:#7db8f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 20px 64px}
h1{font-size:34px;line-height:1.2;margin:0 0 12px;letter-spacing:-.015em}
h2{font-size:23px;line-height:1.3;margin:56px 0 8px;letter-spacing:-.01em}
h3{font-size:18px;line-height:1.3;margin:36px 0 4px}
p{margin:0 0 14px;max-width:74ch}
a{color:var(--link)}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}
.failed{color:#c0262d;font-weight:600}
@media (prefers-color-scheme:dark){.failed{color:#ff8a8a}}
.judgement{font-size:14px;margin:8px 0 0}
.soft{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:16px 18px;margin:16px 0;overflow-x:auto}
figure{margin:0}
figcaption{color:var(--soft);font-size:14px;margin-top:10px;max-width:88ch}
figcaption b{color:var(--ink)}
figure+figure{margin-top:22px}
.figure{display:block;max-width:100%;height:auto}
@media (max-width:700px){.figure{max-width:none}}
table{border-collapse:collapse;width:100%;font-size:14.5px;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{text-align:left;padding-left:2px;white-space:normal;overflow-wrap:anywhere;min-width:120px}
thead th{font-weight:600;border-bottom:0;padding-bottom:0}
thead tr:last-child td{color:var(--soft);font-size:13px;padding-top:0;border-bottom:1px solid var(--soft)}
tbody tr:last-child td{border-bottom:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 18px;margin:0;font-size:15px}
dt{font-weight:600}
dd{margin:0;color:var(--soft)}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
.tile{flex:1 1 150px;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 16px}
.tile b{display:block;font-size:24px;line-height:1.3;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13.5px}
@media (max-width:700px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:10px}}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_given_in_both_schemes() {
        let css = figures();
        let (light, dark) = css.split_once("@media").unwrap();
        for (i, (light_value, dark_value)) in SERIES_COLOURS.iter().enumerate() {
            assert!(light.contains(&format!(".s{i}{{stroke:{light_value}}}")), "{i}");
            assert!(dark.contains(&format!(".s{i}{{stroke:{dark_value}}}")), "{i}");
        }
        for (selectors, property, light_value, dark_value) in COLOURS {
            let last = selectors.rsplit(',').next().unwrap();
            assert!(light.contains(&format!("{last}{{{property}:{light_value}}}")), "{last}");
            assert!(dark.contains(&format!("{last}{{{property}:{dark_value}}}")), "{last}");
        }
        assert_eq!(css.matches('{').count(), css.matches('}').count());
        assert_eq!(PAGE.matches('{').count(), PAGE.matches('}').count());
    }
}
