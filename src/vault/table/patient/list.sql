-- CROSS JOIN, so that the page is walked and never the patients.
SELECT
    patient.*,
    (SELECT count(*) FROM series WHERE series.patient = patient.id AND series.state = 'open') AS open_series,
    (SELECT count(*) FROM photo WHERE photo.patient = patient.id)
        - (SELECT count(*) FROM photo WHERE photo.patient = patient.id AND :is_second) AS photos,
    (
        SELECT max(visit.last) FROM (
            SELECT (SELECT max(session.date) FROM session WHERE session.series = series.id) AS last
            FROM series WHERE series.patient = patient.id
        ) AS visit
    ) AS last_visit
FROM json_each(:page) AS page CROSS JOIN patient ON patient.id = page.value
ORDER BY page.key
