//! A whole layer on the page.

use super::*;

/// Two tokens with the codes of their positions; separate matrices of one row, so that their product is known by heart.
fn layer(task: &str) -> LayerRecord {
    let point = |step: u64| LayerPoint {
        step,
        excess_loss: 2.0 / (1.0 + step as f64),
        ood_excess: 3.0,
        value_cosine_min: None,
        value_error: None,
        attention_error: None,
        digest: step,
    };
    LayerRecord {
        summary: Summary {
            mode: "online",
            tokens: 2,
            outputs: 2,
            filters: 1,
            features: 1,
            teacher_value: vec![vec![0.4]],
            ..run(task).summary
        },
        student: "layer",
        embedding: "concatenated".to_owned(),
        encoding: Some("identity".to_owned()),
        code_width: Some(2),
        attention: "separate".to_owned(),
        keys: Some(1),
        scale: "tokens".to_owned(),
        start: "gaussian:0.1".to_owned(),
        queries: "tokens",
        train: vec![],
        loss: "squared".to_owned(),
        rule: "gd",
        value_rule: "gd",
        input: "gaussian".to_owned(),
        test_input: "exponential".to_owned(),
        batch: 64,
        noise: 0.0,
        noise_mean: 0.0,
        flips: 0.0,
        test_samples: 500,
        stop: StopRecord::default(),
        shares: Shares { value_content: Some(0.75), position_position: Some(0.98762), ..Shares::default() },
        value: vec![vec![0.5, 0.1, -0.1]],
        w_kq: None,
        w_k: Some(vec![vec![1.0, 2.0, 0.0]]),
        w_q: Some(vec![vec![0.0, 3.0, -1.0]]),
        codes: Some(vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        codes_recovery: None,
        key_query_recovery: None,
        mean_attention: vec![vec![0.75, 0.25], vec![0.25, 0.75]],
        position_attention: Some(vec![vec![0.7, 0.3], vec![0.3, 0.7]]),
        teacher_mixing: Some(vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        teacher_direction: None,
        teacher_temperature: None,
        teacher_map: None,
        teacher_scale: None,
        teacher_share: None,
        teacher_fixed: None,
        teacher_token: None,
        curve: [0, 1, 10, 100, 1000].map(point).to_vec(),
    }
}

#[test]
fn a_layer_is_drawn_block_by_block() {
    let mut own = layer("top-k");
    (own.teacher_mixing, own.position_attention) = (None, None);
    // Of content alone.
    own.shares = Shares { value_content: Some(1.0), content_content: Some(0.0), ..Shares::default() };
    let layers = [layer("graph-relu"), own];
    let scratch = Scratch::new("layers");
    let report = Report { runs: &[], layers: &layers, fits: &[], digits: None, unfinished: &[], table: Some("task\n") };
    let files = write(&scratch.0, &report).unwrap().files;
    assert_eq!(files.iter().map(|path| name(path)).collect::<Vec<_>>(), ["index.html", "table.csv"]);
    let page = read(&scratch.0.join(PAGE));
    let expected = [
        "layer-loss",
        "layer-out-of-distribution",
        "value-graph-relu-teacher",
        "value-graph-relu-student",
        "key-query-graph-relu",
        "attention-graph-relu-teacher",
        "attention-graph-relu-position",
        "attention-graph-relu-mean",
        "value-top-k-teacher",
        "value-top-k-student",
        "key-query-top-k",
        "attention-top-k-mean",
    ];
    assert_eq!(names(&page), expected);
    let product = drawing(&page, "key-query-graph-relu");
    // The largest product is 2 * 3; content ends after the first entry of keys and of queries.
    assert_eq!((cells(&product), &product["data"][0]["zmax"]), (9, &json!(6)));
    assert_eq!(product["layout"]["title"]["text"], "W_K' W_Q");
    let borders = product["layout"]["shapes"].as_array().unwrap();
    assert_eq!((borders.len(), &borders[0]["y0"], &borders[1]["x0"]), (2, &json!(0.5), &json!(0.5)));
    let values = drawing(&page, "value-graph-relu-student");
    assert_eq!((cells(&values), values["layout"]["shapes"].as_array().unwrap().len()), (3, 1));
    for part in
        ["<h1>What the layer learned</h1>", ">0.7500<", ">0.9876<", "98.762 %", "href=\"#task-top-k\"", "half the sum"]
    {
        assert!(page.contains(part), "{part}");
    }
    // Blocks that are not there are not told of, and no zero stands for them.
    assert!(page.contains("key against query: content against content 0.000 %."));
    assert!(page.contains("key against query: position against position 98.762 %."));
    assert_eq!(page.matches("0.0000").count(), 0, "the share of positions of a layer without any");
}
