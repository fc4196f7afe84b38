-- Whether a view shows the same as another one does, in a series that the other one's goes on from.
WITH RECURSIVE before (id) AS (
    SELECT series.predecessor FROM view JOIN series ON series.id = view.series WHERE view.id = :view
    UNION
    SELECT series.predecessor FROM before JOIN series ON series.id = before.id
)
SELECT EXISTS (
    SELECT 1 FROM view AS own, view AS theirs
    WHERE own.id = :view AND theirs.id = :of AND theirs.series IN (SELECT id FROM before)
        AND own.area = theirs.area AND own.side = theirs.side AND own.pose = theirs.pose
)
