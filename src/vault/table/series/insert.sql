INSERT INTO series (
    uid, patient, indications, areas, planned, interval_min_days, interval_max_days, state, predecessor
)
VALUES (
    :uid, :patient, :indications, :areas, :planned, :interval_min_days, :interval_max_days, 'open', :predecessor
)
