//! The look of all pages but for the figures, whose colours the page's script has.

/// The style sheet.
pub const PAGE: &str = "\
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#ffffff;--ink:#24292f;--soft:#5b6470;--rule:#dde1e6;--link:#0f5fa8}
@media screen and (prefers-color-scheme:dark){:root{--ground:#121418;--card:#1a1d22;--ink:#e4e7eb;--soft:#a3acb8;--rule:#2f353d;--link:#7db8f0}}
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
@media screen and (prefers-color-scheme:dark){.failed{color:#ff8a8a}}
.judgement{font-size:14px;margin:8px 0 0}
.soft{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:16px 18px;margin:16px 0}
figure{margin:0}
figcaption{color:var(--soft);font-size:14px;margin-top:10px;max-width:88ch}
figcaption b{color:var(--ink)}
figure+figure{margin-top:22px}
.drawings{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,290px),1fr));gap:18px 14px}
.drawing{min-width:0}
.drawing.wide{grid-column:1/-1}
.plot{min-height:60px}
.save{display:flex;gap:6px;justify-content:flex-end;margin-top:2px}
.save button{font:12px/1.3 inherit;font-size:12px;color:var(--soft);background:none;border:1px solid var(--rule);border-radius:6px;padding:3px 9px;cursor:pointer}
.save button:hover{color:var(--ink);border-color:var(--soft)}
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
@media (max-width:760px){
main{padding:24px 12px 48px}
h1{font-size:28px}
.card{padding:12px}
thead{display:none}
table,tbody{display:block}
tbody tr{display:grid;grid-template-columns:1fr;padding:8px 0;border-bottom:1px solid var(--rule)}
tbody td{display:flex;justify-content:space-between;gap:16px;padding:2px;border:0;white-space:normal;overflow-wrap:anywhere}
tbody td::before{content:attr(data-label);color:var(--soft);text-align:left;flex:none;max-width:45%}
tbody td:first-child{font-weight:600}
tbody td:first-child::before{content:none}
}
@media print{.drawing{break-inside:avoid}.drawings{grid-template-columns:1fr 1fr}.save,.modebar-container{display:none!important}.one :is(main,section,article,.card,figure,.drawings)>:not(:has(.printed)){display:none}}
@media (max-width:700px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:10px}}
";
