-- River's tables go with its own down steps; only our claim that they exist is taken back.
DELETE FROM river_migration WHERE line = 'main';
