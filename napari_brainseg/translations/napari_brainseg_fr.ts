<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>napari_brainseg</name>
    <message>
        <source>
It cannot be written to, so the list and the masks are in {home}</source>
        <translation>
On ne peut pas y écrire : la liste et les masques sont dans {home}</translation>
    </message>
    <message>
        <source> (the scan does not tell their size)</source>
        <translation> (l’examen n’en indique pas la taille)</translation>
    </message>
    <message>
        <source> ({done} of {total} slices)</source>
        <translation> ({done} coupes sur {total})</translation>
    </message>
    <message>
        <source> and </source>
        <translation> et </translation>
    </message>
    <message>
        <source> by networks of the same recipe</source>
        <translation> par des réseaux de la même recette</translation>
    </message>
    <message>
        <source> in {slices} slices</source>
        <translation> sur {slices} coupes</translation>
    </message>
    <message>
        <source> or </source>
        <translation> ou </translation>
    </message>
    <message>
        <source> pixels</source>
        <translation> pixels</translation>
    </message>
    <message>
        <source> under {limits}</source>
        <translation> en moins de {limits}</translation>
    </message>
    <message>
        <source> voxels</source>
        <translation> voxels</translation>
    </message>
    <message>
        <source> · {time} left</source>
        <translation> · encore {time}</translation>
    </message>
    <message>
        <source> · {time}{loading}, by the last run</source>
        <translation> · {time}{loading}, d’après la dernière exécution</translation>
    </message>
    <message>
        <source>, by networks of its recipe</source>
        <translation>, par des réseaux de sa recette</translation>
    </message>
    <message>
        <source>, {time} to load the model</source>
        <translation>, plus {time} pour charger le modèle</translation>
    </message>
    <message>
        <source>2-D or 3-D display</source>
        <translation>Affichage 2D ou 3D</translation>
    </message>
    <message>
        <source>3-D lesion</source>
        <translation>Lésion 3D</translation>
    </message>
    <message>
        <source>3D Slicer segmentation (*.seg.nrrd)</source>
        <translation>Segmentation 3D Slicer (*.seg.nrrd)</translation>
    </message>
    <message>
        <source>3D Slicer segmentation, all {count} masks in one file (*.seg.nrrd)</source>
        <translation>Segmentation 3D Slicer, les {count} masques en un fichier (*.seg.nrrd)</translation>
    </message>
    <message>
        <source>80 cases of the LGG MRI set (Buda et al. 2019), 5 of BraTS 2018, and 3 heads with multiple sclerosis and no tumour (open_ms_data)</source>
        <translation>80 cas du jeu LGG MRI (Buda et al. 2019), 5 de BraTS 2018 et 3 têtes avec sclérose en plaques et sans tumeur (open_ms_data)</translation>
    </message>
    <message>
        <source>: {done} of {total} slices</source>
        <translation> : {done} coupes sur {total}</translation>
    </message>
    <message>
        <source>; the computer was busy, measure again</source>
        <translation> ; l’ordinateur était occupé, mesurez à nouveau</translation>
    </message>
    <message>
        <source>A colour picture: red, green and blue are shown as channels, check what they mean.</source>
        <translation>Image en couleurs : le rouge, le vert et le bleu sont affichés comme des canaux, vérifiez ce qu’ils signifient.</translation>
    </message>
    <message>
        <source>A file…</source>
        <translation>Un fichier…</translation>
    </message>
    <message>
        <source>A reference or an earlier mask on the same voxels</source>
        <translation>Une référence ou un masque antérieur sur les mêmes voxels</translation>
    </message>
    <message>
        <source>A run is under way.</source>
        <translation>Une segmentation est en cours.</translation>
    </message>
    <message>
        <source>A scan here</source>
        <translation>Un examen ici</translation>
    </message>
    <message>
        <source>A scan of 26 slices, here</source>
        <translation>Un examen de 26 coupes, ici</translation>
    </message>
    <message>
        <source>About {title}</source>
        <translation>À propos de {title}</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Valider</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ajouter</translation>
    </message>
    <message>
        <source>Add a label to paint</source>
        <translation>Ajouter une étiquette à peindre</translation>
    </message>
    <message>
        <source>Add the other mask to the selected label</source>
        <translation>Ajouter l’autre masque à l’étiquette sélectionnée</translation>
    </message>
    <message>
        <source>Add to training set</source>
        <translation>Ajouter au jeu d’entraînement</translation>
    </message>
    <message>
        <source>Added</source>
        <translation>Ajoutés</translation>
    </message>
    <message>
        <source>Added {title} to the training set {name}.</source>
        <translation>{title} a été ajouté au jeu d’entraînement {name}.</translation>
    </message>
    <message>
        <source>Adding failed: {reason}</source>
        <translation>Échec de l’ajout : {reason}</translation>
    </message>
    <message>
        <source>Adding to the training set…</source>
        <translation>Ajout au jeu d’entraînement…</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Options avancées</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Tous</translation>
    </message>
    <message>
        <source>All labels together</source>
        <translation>Toutes les étiquettes</translation>
    </message>
    <message>
        <source>All labels together; below, the volume of each.</source>
        <translation>Toutes les étiquettes ensemble ; plus bas, le volume de chacune.</translation>
    </message>
    <message>
        <source>All slices</source>
        <translation>Toutes les coupes</translation>
    </message>
    <message>
        <source>All values of the image for {name} are equally frequent, as after histogram equalisation. Lesions no longer stand out by their own contrast, and too much may be marked: choose the image as the scanner made it.</source>
        <translation>Toutes les valeurs de l’image pour {name} sont aussi fréquentes les unes que les autres, comme après une égalisation d’histogramme. Les lésions ne ressortent plus par leur propre contraste, et trop peut être marqué : choisissez l’image telle que l’appareil l’a produite.</translation>
    </message>
    <message>
        <source>Another mask on the same grid; all its labels count</source>
        <translation>Un autre masque sur la même grille ; toutes ses étiquettes comptent</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>Architecture</translation>
    </message>
    <message>
        <source>Area of the mask on each slice; click to go there</source>
        <translation>Surface du masque sur chaque coupe ; cliquez pour y aller</translation>
    </message>
    <message>
        <source>Area there</source>
        <translation>Sa surface</translation>
    </message>
    <message>
        <source>Auto (the fastest found)</source>
        <translation>Auto (le plus rapide trouvé)</translation>
    </message>
    <message>
        <source>Auto grey</source>
        <translation>Gris auto</translation>
    </message>
    <message>
        <source>Axes towards</source>
        <translation>Orientation des axes</translation>
    </message>
    <message>
        <source>Back to the mask as the model made it</source>
        <translation>Revenir au masque tel que le modèle l’a produit</translation>
    </message>
    <message>
        <source>Baseline: {first}; newest: {last}</source>
        <translation>Référence : {first} ; dernier : {last}</translation>
    </message>
    <message>
        <source>Being measured…</source>
        <translation>Mesure en cours…</translation>
    </message>
    <message>
        <source>Beside</source>
        <translation>Côte à côte</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>Os</translation>
    </message>
    <message>
        <source>Born</source>
        <translation>Né(e) le</translation>
    </message>
    <message>
        <source>Box for the model</source>
        <translation>Cadre pour le modèle</translation>
    </message>
    <message>
        <source>Brain</source>
        <translation>Cerveau</translation>
    </message>
    <message>
        <source>Bring the layer back</source>
        <translation>Rétablir le calque</translation>
    </message>
    <message>
        <source>Brush over the outline to even it out. Escape: done.</source>
        <translation>Passez le pinceau sur le contour pour le lisser. Échap : terminer.</translation>
    </message>
    <message>
        <source>Brush: a ball.</source>
        <translation>Pinceau : une boule.</translation>
    </message>
    <message>
        <source>Brush: a disc on one slice.</source>
        <translation>Pinceau : un disque sur une coupe.</translation>
    </message>
    <message>
        <source>Brush: any intensity.</source>
        <translation>Pinceau : toutes les intensités.</translation>
    </message>
    <message>
        <source>Brush: only within the range.</source>
        <translation>Pinceau : seulement dans l’intervalle.</translation>
    </message>
    <message>
        <source>By what was measured on patients kept aside, and on this machine</source>
        <translation>D’après les mesures sur des patients mis de côté, et sur cette machine</translation>
    </message>
    <message>
        <source>CT window</source>
        <translation>Fenêtre TDM</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Cancelled before the first slices were done.</source>
        <translation>Annulé avant que les premières coupes soient terminées.</translation>
    </message>
    <message>
        <source>Cancelled: {left} of {total} slices were not run; the mask ends there.</source>
        <translation>Annulé : {left} coupes sur {total} n’ont pas été traitées ; le masque s’arrête là.</translation>
    </message>
    <message>
        <source>Cancelled; the mask is as it was.</source>
        <translation>Annulé ; le masque est inchangé.</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>Annulation…</translation>
    </message>
    <message>
        <source>Centre</source>
        <translation>Centre</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Évolution</translation>
    </message>
    <message>
        <source>Change only voxels whose intensity is in this range: all tools, the brush, the eraser and the bucket</source>
        <translation>Ne modifier que les voxels dont l’intensité est dans cet intervalle : tous les outils, le pinceau, la gomme et le pot de peinture</translation>
    </message>
    <message>
        <source>Changes are listed in {name}.</source>
        <translation>Les modifications sont consignées dans {name}.</translation>
    </message>
    <message>
        <source>Changes by hand</source>
        <translation>Modifications manuelles</translation>
    </message>
    <message>
        <source>Changes of {name}</source>
        <translation>Modifications de {name}</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Changer…</translation>
    </message>
    <message>
        <source>Channels</source>
        <translation>Canaux</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>Choisir un modèle</translation>
    </message>
    <message>
        <source>Choose a model that scales by the brain, as the default one does</source>
        <translation>Choisissez un modèle qui normalise d’après le cerveau, comme le modèle par défaut</translation>
    </message>
    <message>
        <source>Choose a scan and a model first.</source>
        <translation>Choisissez d’abord un examen et un modèle.</translation>
    </message>
    <message>
        <source>Choose a series</source>
        <translation>Choisir une série</translation>
    </message>
    <message>
        <source>Choose an image for {role} under Channels.</source>
        <translation>Choisissez une image pour {role} dans Canaux.</translation>
    </message>
    <message>
        <source>Choose another folder first.</source>
        <translation>Choisissez d’abord un autre dossier.</translation>
    </message>
    <message>
        <source>Choose another training set; an empty folder starts a new one</source>
        <translation>Choisir un autre jeu d’entraînement ; un dossier vide en crée un nouveau</translation>
    </message>
    <message>
        <source>Choose the colour of the selected label</source>
        <translation>Choisir la couleur de l’étiquette sélectionnée</translation>
    </message>
    <message>
        <source>Choose the folder of a training set; an empty one starts a new set</source>
        <translation>Choisissez le dossier d’un jeu d’entraînement ; un dossier vide en crée un nouveau</translation>
    </message>
    <message>
        <source>Choose the mask of another scan that is open.</source>
        <translation>Choisissez le masque d’un autre examen ouvert.</translation>
    </message>
    <message>
        <source>Choose the processor to compute on</source>
        <translation>Choisir le processeur de calcul</translation>
    </message>
    <message>
        <source>Choose what to compare with.</source>
        <translation>Choisissez un élément de comparaison.</translation>
    </message>
    <message>
        <source>Click on the part of the mask that is to stay, on all slices.</source>
        <translation>Cliquez sur la partie du masque à conserver, sur toutes les coupes.</translation>
    </message>
    <message>
        <source>Click on the part of the mask that is to stay.</source>
        <translation>Cliquez sur la partie du masque à conserver.</translation>
    </message>
    <message>
        <source>Click on the tissue whose intensities are to be the range.</source>
        <translation>Cliquez sur le tissu dont les intensités définiront l’intervalle.</translation>
    </message>
    <message>
        <source>Colour of the label</source>
        <translation>Couleur de l’étiquette</translation>
    </message>
    <message>
        <source>Colour…</source>
        <translation>Couleur…</translation>
    </message>
    <message>
        <source>Compare with</source>
        <translation>Comparer à</translation>
    </message>
    <message>
        <source>Compared with</source>
        <translation>Comparé à</translation>
    </message>
    <message>
        <source>Compare…</source>
        <translation>Comparer…</translation>
    </message>
    <message>
        <source>Contour</source>
        <translation>Contour</translation>
    </message>
    <message>
        <source>Contrast agent</source>
        <translation>Produit de contraste</translation>
    </message>
    <message>
        <source>Convert it to NIfTI with 3dAFNItoNIFTI.</source>
        <translation>Convertissez-le en NIfTI avec 3dAFNItoNIFTI.</translation>
    </message>
    <message>
        <source>Convert it to NIfTI with mrconvert.</source>
        <translation>Convertissez-le en NIfTI avec mrconvert.</translation>
    </message>
    <message>
        <source>Copied: paste into a spreadsheet.</source>
        <translation>Copié : collez dans un tableur.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Copy all numbers, to paste into a spreadsheet</source>
        <translation>Copier toutes les mesures, pour les coller dans un tableur</translation>
    </message>
    <message>
        <source>Coronal and sagittal slices too. Hold Shift and move the mouse to move the cross-hair</source>
        <translation>Ajoute les coupes coronales et sagittales. Maintenez Maj et déplacez la souris pour déplacer le réticule</translation>
    </message>
    <message>
        <source>Coronal, front to back</source>
        <translation>Coronal, d’avant en arrière</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>Corriger</translation>
    </message>
    <message>
        <source>Correcting a mask</source>
        <translation>Correction d’un masque</translation>
    </message>
    <message>
        <source>DICOM RTSTRUCT, contours only, carries name, ID and dates too (*.dcm)</source>
        <translation>DICOM RTSTRUCT, contours seuls, contient aussi nom, identifiant et dates (*.dcm)</translation>
    </message>
    <message>
        <source>DICOM SEG carries the patient's name, ID and dates, as the standard wants.</source>
        <translation>Un fichier DICOM SEG contient le nom, l’identifiant et les dates du patient, comme la norme l’exige.</translation>
    </message>
    <message>
        <source>DICOM SEG, carries the patient's name, ID and dates (*.dcm)</source>
        <translation>DICOM SEG, contient le nom, l’identifiant et les dates du patient (*.dcm)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Delete for good; asks once more</source>
        <translation>Supprimer définitivement ; une confirmation est demandée</translation>
    </message>
    <message>
        <source>Deleted {name} with unsaved edits</source>
        <translation>{name} a été supprimé avec des modifications non enregistrées</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Processeur</translation>
    </message>
    <message>
        <source>Diameters of {name}</source>
        <translation>Diamètres de {name}</translation>
    </message>
    <message>
        <source>Diameters: the longest line of the largest lesion on one slice, and the longest at a right angle to it. Sum of products: of both diameters of up to three lesions of 10 × 10 mm or more (RANO 2.0).</source>
        <translation>Diamètres : la plus longue ligne de la plus grande lésion sur une coupe, et la plus longue à angle droit. Somme des produits : des deux diamètres de trois lésions au plus, d’au moins 10 × 10 mm (RANO 2.0).</translation>
    </message>
    <message>
        <source>Dice [95 %]</source>
        <translation>Dice [95 %]</translation>
    </message>
    <message>
        <source>Dice of both</source>
        <translation>Dice entre les deux</translation>
    </message>
    <message>
        <source>Dice {dice:.2f} (validation)</source>
        <translation>Dice {dice:.2f} (validation)</translation>
    </message>
    <message>
        <source>Dice {dice} on {where}</source>
        <translation>Dice {dice} sur {where}</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Ignorer</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Terminer</translation>
    </message>
    <message>
        <source>Draw a mask of your own on the scan</source>
        <translation>Dessiner votre propre masque sur l’examen</translation>
    </message>
    <message>
        <source>Draw a rectangle: the model runs again inside, on {where}. Escape: leave it.</source>
        <translation>Dessinez un rectangle : le modèle est relancé à l’intérieur, sur {where}. Échap : abandonner.</translation>
    </message>
    <message>
        <source>Draw around what is to be erased</source>
        <translation>Entourez ce qui doit être effacé</translation>
    </message>
    <message>
        <source>Draw around what is to be marked</source>
        <translation>Entourez ce qui doit être marqué</translation>
    </message>
    <message>
        <source>Draw around what is to stay</source>
        <translation>Entourez ce qui doit être conservé</translation>
    </message>
    <message>
        <source>Draw both diameters of the largest lesion on its slice</source>
        <translation>Tracer les deux diamètres de la plus grande lésion sur sa coupe</translation>
    </message>
    <message>
        <source>Draw lines through the lesion, and the mask follows; then outside of it, too.</source>
        <translation>Tracez des traits dans la lésion, le masque suit ; puis aussi à l’extérieur.</translation>
    </message>
    <message>
        <source>Draw lines where the mask is not to be; inside again where it is missing.</source>
        <translation>Tracez des traits là où le masque ne doit pas être ; puis à l’intérieur là où il manque.</translation>
    </message>
    <message>
        <source>Drop components below {share} of the largest, as the model does</source>
        <translation>Retirer les composantes de moins de {share} de la plus grande, comme le fait le modèle</translation>
    </message>
    <message>
        <source>Drop components of a smaller volume{unknown}</source>
        <translation>Retirer les composantes de plus petit volume{unknown}</translation>
    </message>
    <message>
        <source>Drop small ones</source>
        <translation>Retirer les petites</translation>
    </message>
    <message>
        <source>Each of {count} slices states a series of its own; they were put together, since all else is the same.</source>
        <translation>Chacune des {count} coupes indique une série qui lui est propre ; elles ont été réunies, car tout le reste est identique.</translation>
    </message>
    <message>
        <source>Earlier mask</source>
        <translation>Masque antérieur</translation>
    </message>
    <message>
        <source>Earlier masks</source>
        <translation>Masques antérieurs</translation>
    </message>
    <message>
        <source>Echo time, ms</source>
        <translation>Temps d’écho, ms</translation>
    </message>
    <message>
        <source>Edits of {name} are not being kept for the case of a crash ({reason}). Save the mask now.</source>
        <translation>Les modifications de {name} ne sont pas sauvegardées en cas de plantage ({reason}). Enregistrez le masque maintenant.</translation>
    </message>
    <message>
        <source>End scribbling; the mask stays as it is</source>
        <translation>Terminer les traits ; le masque reste tel quel</translation>
    </message>
    <message>
        <source>Enter a pseudonym for the patient first.</source>
        <translation>Saisissez d’abord un pseudonyme pour le patient.</translation>
    </message>
    <message>
        <source>Erase</source>
        <translation>Effacer</translation>
    </message>
    <message>
        <source>Erase what lies outside of an outline that you draw</source>
        <translation>Effacer ce qui est hors d’un contour que vous tracez</translation>
    </message>
    <message>
        <source>Erase what lies within an outline that you draw</source>
        <translation>Effacer ce qui est dans un contour que vous tracez</translation>
    </message>
    <message>
        <source>Even out the outline over about the amount; the volume stays</source>
        <translation>Lisser le contour sur la distance indiquée environ ; le volume reste le même</translation>
    </message>
    <message>
        <source>Even out the outline where you brush over it, over about the amount</source>
        <translation>Lisser le contour là où passe le pinceau, sur la distance indiquée environ</translation>
    </message>
    <message>
        <source>Everything (*.json)</source>
        <translation>Toutes les données (*.json)</translation>
    </message>
    <message>
        <source>Export it as DICOM, or convert it to NIfTI with dcm2niix or brkraw.</source>
        <translation>Exportez-le en DICOM, ou convertissez-le en NIfTI avec dcm2niix ou brkraw.</translation>
    </message>
    <message>
        <source>Export measures</source>
        <translation>Exporter les mesures</translation>
    </message>
    <message>
        <source>Export the model again with brainseg-train</source>
        <translation>Exportez à nouveau le modèle avec brainseg-train</translation>
    </message>
    <message>
        <source>Exported {name}.</source>
        <translation>{name} a été exporté.</translation>
    </message>
    <message>
        <source>Exported {name}: contours, filled again and compared with the mask. They carry the patient's name, ID and dates. This is a copy for planning systems: save the mask as well.</source>
        <translation>{name} a été exporté : contours, remplis à nouveau et comparés au masque. Ils contiennent le nom, l’identifiant et les dates du patient. C’est une copie pour les logiciels de planification : enregistrez aussi le masque.</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exporter…</translation>
    </message>
    <message>
        <source>Field, T</source>
        <translation>Champ, T</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Fichier</translation>
    </message>
    <message>
        <source>Files…</source>
        <translation>Fichiers…</translation>
    </message>
    <message>
        <source>Fill bucket</source>
        <translation>Pot de peinture</translation>
    </message>
    <message>
        <source>Fill holes</source>
        <translation>Combler les trous</translation>
    </message>
    <message>
        <source>Fill holes that are closed within a slice</source>
        <translation>Combler les trous fermés au sein d’une coupe</translation>
    </message>
    <message>
        <source>Filter by name, such as flair</source>
        <translation>Filtrer par nom, p. ex. flair</translation>
    </message>
    <message>
        <source>Find scan…</source>
        <translation>Chercher l’examen…</translation>
    </message>
    <message>
        <source>Finds</source>
        <translation>Détecte</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Dossier</translation>
    </message>
    <message>
        <source>Folder of a DICOM series or of slices…</source>
        <translation>Dossier d’une série DICOM ou de coupes…</translation>
    </message>
    <message>
        <source>For faster runs on the CPU: pip install openvino</source>
        <translation>Pour aller plus vite sur le processeur : pip install openvino</translation>
    </message>
    <message>
        <source>Foreground</source>
        <translation>Voxels marqués</translation>
    </message>
    <message>
        <source>Found: {devices}</source>
        <translation>Trouvés : {devices}</translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation>Préparation…</translation>
    </message>
    <message>
        <source>Glioma in MRI, heads with or without scalp and skull: FLAIR abnormality, slice by slice.</source>
        <translation>Gliome en IRM, têtes avec ou sans scalp ni crâne : anomalie FLAIR, coupe par coupe.</translation>
    </message>
    <message>
        <source>Go to the slice with the most uncertain voxels, then to the next</source>
        <translation>Aller à la coupe qui a le plus de voxels incertains, puis à la suivante</translation>
    </message>
    <message>
        <source>Graphics cards are not used: torch cannot be loaded ({reason}).</source>
        <translation>Les cartes graphiques ne sont pas utilisées : torch ne peut pas être chargé ({reason}).</translation>
    </message>
    <message>
        <source>Grey levels as the scan opened with</source>
        <translation>Niveaux de gris comme à l’ouverture de l’examen</translation>
    </message>
    <message>
        <source>Grey levels as the scan opened with. Drag on the picture with the right button to change them: sideways the width, up and down the level</source>
        <translation>Niveaux de gris comme à l’ouverture de l’examen. Pour les changer, faites glisser sur l’image avec le bouton droit : la largeur horizontalement, le niveau verticalement</translation>
    </message>
    <message>
        <source>Grid</source>
        <translation>Grille</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>Dilater</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Carte de chaleur</translation>
    </message>
    <message>
        <source>Hide or show the mask</source>
        <translation>Afficher ou masquer le masque</translation>
    </message>
    <message>
        <source>Highest intensity that may change</source>
        <translation>Intensité maximale modifiable</translation>
    </message>
    <message>
        <source>How exact, how fast here, how large each is, and which to take</source>
        <translation>Exactitude, vitesse ici, taille de chacun, et lequel prendre</translation>
    </message>
    <message>
        <source>How far the outline moves, or over how much it is smoothed</source>
        <translation>De combien le contour se déplace, ou sur quelle distance il est lissé</translation>
    </message>
    <message>
        <source>ImageJ calibrates its values by a curve; they are shown as stored.</source>
        <translation>ImageJ étalonne ses valeurs par une courbe ; elles sont affichées telles qu’enregistrées.</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Images</translation>
    </message>
    <message>
        <source>Images and mask are copied there. Enter a pseudonym, the same for all scans of one patient: never a name.</source>
        <translation>Les images et le masque y sont copiés. Saisissez un pseudonyme, le même pour tous les examens d’un patient : jamais un nom.</translation>
    </message>
    <message>
        <source>In the image for {name} light and dark are exchanged, as in T2 or in an inverted image: the model was trained with {name} there, so choose the {name} image.</source>
        <translation>Dans l’image pour {name}, clair et sombre sont inversés, comme en T2 ou dans une image en négatif : le modèle a été entraîné avec {name} à cet endroit, choisissez donc l’image {name}.</translation>
    </message>
    <message>
        <source>Infinite ones are among them: the program that wrote them divided by 0.</source>
        <translation>Il y en a d’infinis parmi eux : le programme qui les a écrits a divisé par 0.</translation>
    </message>
    <message>
        <source>Inputs</source>
        <translation>Entrées</translation>
    </message>
    <message>
        <source>Inside</source>
        <translation>Dedans</translation>
    </message>
    <message>
        <source>Install it: pip install 'napari-brainseg[register]'</source>
        <translation>Installez-le : pip install ’napari-brainseg[register]’</translation>
    </message>
    <message>
        <source>Intended use</source>
        <translation>Usage prévu</translation>
    </message>
    <message>
        <source>Intensity of the topmost image, and the position in mm to the right, front and head (RAS+)</source>
        <translation>Intensité de l’image du dessus, et position en mm vers la droite, l’avant et la tête (RAS+)</translation>
    </message>
    <message>
        <source>Interpolate</source>
        <translation>Interpoler</translation>
    </message>
    <message>
        <source>Intersect</source>
        <translation>Intersection</translation>
    </message>
    <message>
        <source>Inversion time, ms</source>
        <translation>Temps d’inversion, ms</translation>
    </message>
    <message>
        <source>It belongs to no open scan, so the file says that nobody knows where it lies.</source>
        <translation>Il n’appartient à aucun examen ouvert : le fichier indique que sa position est inconnue.</translation>
    </message>
    <message>
        <source>It cannot be shown; another version of this program may have kept it. Discard it.</source>
        <translation>Impossible de l’afficher ; une autre version de ce programme l’a peut-être conservé. Supprimez-le.</translation>
    </message>
    <message>
        <source>It counts as corrected again.</source>
        <translation>Il compte à nouveau comme corrigé.</translation>
    </message>
    <message>
        <source>Its mask {name} is gone, so it counts as new again.</source>
        <translation>Son masque {name} a disparu : il compte à nouveau comme nouveau.</translation>
    </message>
    <message>
        <source>Its metadata place the slices otherwise than {z:.3g} mm apart, as shown.</source>
        <translation>Ses métadonnées placent les coupes autrement qu’à {z:.3g} mm l’une de l’autre, comme elles sont affichées.</translation>
    </message>
    <message>
        <source>Keep both</source>
        <translation>Garder les deux</translation>
    </message>
    <message>
        <source>Keep inside</source>
        <translation>Garder dedans</translation>
    </message>
    <message>
        <source>Keep largest</source>
        <translation>Garder</translation>
    </message>
    <message>
        <source>Keep one</source>
        <translation>Garder une partie</translation>
    </message>
    <message>
        <source>Keep only the part that you click on</source>
        <translation>Ne garder que la partie sur laquelle vous cliquez</translation>
    </message>
    <message>
        <source>Keep only what is in the other mask, too</source>
        <translation>Ne garder que ce qui est aussi dans l’autre masque</translation>
    </message>
    <message>
        <source>Keep other labels</source>
        <translation>Garder les autres</translation>
    </message>
    <message>
        <source>Kept with the mask; may stay empty</source>
        <translation>Conservé avec le masque ; peut rester vide</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Raccourcis</translation>
    </message>
    <message>
        <source>Keys for correcting a mask</source>
        <translation>Raccourcis clavier pour corriger un masque</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Étiquette</translation>
    </message>
    <message>
        <source>Label {label} is locked: unlock it below, or select another.</source>
        <translation>L’étiquette {label} est verrouillée : déverrouillez-la plus bas, ou choisissez-en une autre.</translation>
    </message>
    <message>
        <source>Label {label} is locked: unlock it first.</source>
        <translation>L’étiquette {label} est verrouillée : déverrouillez-la d’abord.</translation>
    </message>
    <message>
        <source>Label {label}; double-click to rename</source>
        <translation>Étiquette {label} ; double-cliquez pour la renommer</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Étiquettes</translation>
    </message>
    <message>
        <source>Labels that lose and gain nothing, by tool or by brush</source>
        <translation>Étiquettes qui ne perdent ni ne gagnent rien, par les outils comme au pinceau</translation>
    </message>
    <message>
        <source>Larger brush</source>
        <translation>Pinceau plus grand</translation>
    </message>
    <message>
        <source>Largest slice</source>
        <translation>Plus grande coupe</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>Lasso</translation>
    </message>
    <message>
        <source>Later changes are not saved.</source>
        <translation>Les modifications ultérieures ne sont pas enregistrées.</translation>
    </message>
    <message>
        <source>Lay the calibrated probability of tumour over the scan</source>
        <translation>Superposer à l’examen la probabilité calibrée de tumeur</translation>
    </message>
    <message>
        <source>Lay the mask on this scan</source>
        <translation>Placer le masque sur cet examen</translation>
    </message>
    <message>
        <source>Lay the other scans on this one by what they show (a rigid registration), not by what their files state; press again to go back</source>
        <translation>Recaler les autres examens sur celui-ci d’après ce qu’ils montrent (recalage rigide), et non d’après ce que leurs fichiers indiquent ; cliquez à nouveau pour revenir</translation>
    </message>
    <message>
        <source>Leave the mask as it is: the rules do not move it any more</source>
        <translation>Laisser le masque tel quel : les règles ne le modifient plus</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>Gauche</translation>
    </message>
    <message>
        <source>Lesions</source>
        <translation>Lésions</translation>
    </message>
    <message>
        <source>Let the layer and its unsaved edits go</source>
        <translation>Abandonner le calque et ses modifications non enregistrées</translation>
    </message>
    <message>
        <source>Let the mask count as corrected again</source>
        <translation>Compter à nouveau le masque comme corrigé</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Licence</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Chargement du modèle</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>Verrou</translation>
    </message>
    <message>
        <source>Locked: {names}</source>
        <translation>Verrouillées : {names}</translation>
    </message>
    <message>
        <source>Longest diameter</source>
        <translation>Plus grand diamètre</translation>
    </message>
    <message>
        <source>Longest diameter, mm</source>
        <translation>Plus grand diamètre, mm</translation>
    </message>
    <message>
        <source>Looking for devices…</source>
        <translation>Recherche des processeurs…</translation>
    </message>
    <message>
        <source>Looking for scans…</source>
        <translation>Recherche d’examens…</translation>
    </message>
    <message>
        <source>Looking for scans… {count} found</source>
        <translation>Recherche d’examens… {count} trouvés</translation>
    </message>
    <message>
        <source>Looking for series in {title}…</source>
        <translation>Recherche de séries dans {title}…</translation>
    </message>
    <message>
        <source>Lowest intensity that may change</source>
        <translation>Intensité minimale modifiable</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>Produit</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Fabricant</translation>
    </message>
    <message>
        <source>Mark what lies within an outline that you draw</source>
        <translation>Marquer ce qui est dans un contour que vous tracez</translation>
    </message>
    <message>
        <source>Mark what the mask encloses</source>
        <translation>Marquer ce que le masque entoure</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>Masque</translation>
    </message>
    <message>
        <source>Mask as the model made it</source>
        <translation>Masque tel que produit par le modèle</translation>
    </message>
    <message>
        <source>Masks ({endings})</source>
        <translation>Masques ({endings})</translation>
    </message>
    <message>
        <source>Match</source>
        <translation>Recaler</translation>
    </message>
    <message>
        <source>Matching scans needs dipy, which is not installed. {remedy}.</source>
        <translation>Recaler des examens demande dipy, qui n’est pas installé. {remedy}.</translation>
    </message>
    <message>
        <source>Matching {names} with {name}…</source>
        <translation>Recalage de {names} sur {name}…</translation>
    </message>
    <message>
        <source>Mean {channel}</source>
        <translation>Moyenne {channel}</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Mesurer</translation>
    </message>
    <message>
        <source>Measure here</source>
        <translation>Mesurer ici</translation>
    </message>
    <message>
        <source>Measure: no mask</source>
        <translation>Mesures : pas de masque</translation>
    </message>
    <message>
        <source>Measure: {headline}</source>
        <translation>Mesures : {headline}</translation>
    </message>
    <message>
        <source>Measure: —</source>
        <translation>Mesures : —</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Mesuré</translation>
    </message>
    <message>
        <source>Measured by</source>
        <translation>Mesuré par</translation>
    </message>
    <message>
        <source>Measures</source>
        <translation>Mesures</translation>
    </message>
    <message>
        <source>Measuring failed: {reason}</source>
        <translation>Échec de la mesure : {reason}</translation>
    </message>
    <message>
        <source>Measuring {count} models…</source>
        <translation>Mesure de {count} modèles…</translation>
    </message>
    <message>
        <source>Merge into</source>
        <translation>Fusionner</translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation>Minimum</translation>
    </message>
    <message>
        <source>Modality</source>
        <translation>Modalité</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>Model {name!r} gave numbers that are not finite; its weights are unusable on this device. Try the CPU, or get the model again.</source>
        <translation>Le modèle {name!r} a donné des nombres non finis ; ses poids sont inutilisables sur ce processeur. Essayez le processeur central (CPU), ou récupérez à nouveau le modèle.</translation>
    </message>
    <message>
        <source>Model {name!r} has no {weights_name} beside its card. Copy the whole folder.</source>
        <translation>Le modèle {name!r} n’a pas de {weights_name} à côté de sa fiche. Copiez le dossier entier.</translation>
    </message>
    <message>
        <source>Models of {name!r} cannot be listed ({error}).</source>
        <translation>Les modèles de {name!r} ne peuvent pas être listés ({error}).</translation>
    </message>
    <message>
        <source>Models passed over: {count}</source>
        <translation>Modèles ignorés : {count}</translation>
    </message>
    <message>
        <source>Move the outline inwards by the amount</source>
        <translation>Déplacer le contour vers l’intérieur de la distance indiquée</translation>
    </message>
    <message>
        <source>Move the outline outwards by the amount</source>
        <translation>Déplacer le contour vers l’extérieur de la distance indiquée</translation>
    </message>
    <message>
        <source>Move the view</source>
        <translation>Déplacer la vue</translation>
    </message>
    <message>
        <source>Nadir: the smallest value before the newest time point. Size alone names no response: that takes a clinician.</source>
        <translation>Nadir : la plus petite valeur avant le dernier examen. La taille seule ne définit pas une réponse : cela revient au clinicien.</translation>
    </message>
    <message>
        <source>New empty mask</source>
        <translation>Masque vide</translation>
    </message>
    <message>
        <source>New layer</source>
        <translation>Nouveau</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Suivant</translation>
    </message>
    <message>
        <source>Next uncertain slice</source>
        <translation>Coupe incertaine</translation>
    </message>
    <message>
        <source>Next ▶</source>
        <translation>Suivant ▶</translation>
    </message>
    <message>
        <source>No file says how the patient lies: left and right are not known.</source>
        <translation>Aucun fichier n’indique comment le patient est orienté : droite et gauche sont inconnues.</translation>
    </message>
    <message>
        <source>No folder is open.</source>
        <translation>Aucun dossier n’est ouvert.</translation>
    </message>
    <message>
        <source>No further label fits into this mask.</source>
        <translation>Ce masque ne peut contenir d’étiquette supplémentaire.</translation>
    </message>
    <message>
        <source>No head is seen in the image for {name}: choose another image.</source>
        <translation>Aucune tête n’est visible dans l’image pour {name} : choisissez une autre image.</translation>
    </message>
    <message>
        <source>No image was chosen for any role. Choose at least one.</source>
        <translation>Aucune image n’a été choisie. Choisissez-en au moins une.</translation>
    </message>
    <message>
        <source>No mask is saved yet.</source>
        <translation>Aucun masque n’est encore enregistré.</translation>
    </message>
    <message>
        <source>No mask is selected. Click a labels layer in the layer list first.</source>
        <translation>Aucun masque n’est sélectionné. Cliquez d’abord sur un calque d’étiquettes dans la liste des calques.</translation>
    </message>
    <message>
        <source>No model is known to stay under {under}{told}. {unknown}</source>
        <translation>Aucun modèle n’est connu pour rester en dessous de {under}{told}. {unknown}</translation>
    </message>
    <message>
        <source>No model was found.</source>
        <translation>Aucun modèle n’a été trouvé.</translation>
    </message>
    <message>
        <source>No model was found: install one, or train one with brainseg-train.</source>
        <translation>Aucun modèle n’a été trouvé : installez-en un, ou entraînez-en un avec brainseg-train.</translation>
    </message>
    <message>
        <source>No other mask</source>
        <translation>Aucun autre masque</translation>
    </message>
    <message>
        <source>No scan was found in {name}. Open a folder that holds NIfTI, NRRD, MetaImage, DICOM or TIFF files.</source>
        <translation>Aucun examen n’a été trouvé dans {name}. Ouvrez un dossier qui contient des fichiers NIfTI, NRRD, MetaImage, DICOM ou TIFF.</translation>
    </message>
    <message>
        <source>No uncertain slice</source>
        <translation>Aucune coupe incertaine</translation>
    </message>
    <message>
        <source>None of the scans of {name} can be read; their tooltips say why.</source>
        <translation>Aucun des examens de {name} n’est lisible ; leurs infobulles disent pourquoi.</translation>
    </message>
    <message>
        <source>Not aligned, since no common space is stated: {apart}.</source>
        <translation>Non aligné, car aucun repère commun n’est indiqué : {apart}.</translation>
    </message>
    <message>
        <source>Not measured on patients kept aside</source>
        <translation>Non mesuré sur des patients mis de côté</translation>
    </message>
    <message>
        <source>Not measured on this machine yet (brainseg models --measure)</source>
        <translation>Pas encore mesuré sur cette machine (brainseg models --measure)</translation>
    </message>
    <message>
        <source>Not saved: {names}.</source>
        <translation>Non enregistré : {names}.</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Note</translation>
    </message>
    <message>
        <source>Note in the header</source>
        <translation>Note dans l’en-tête</translation>
    </message>
    <message>
        <source>Nothing can be written to the folder {name} ({reason}). Ask for write access, or choose another training set.</source>
        <translation>Impossible d’écrire dans le dossier {name} ({reason}). Demandez les droits d’écriture, ou choisissez un autre jeu d’entraînement.</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Rien n’a été trouvé</translation>
    </message>
    <message>
        <source>Nothing is drawn here: draw inside and outside of what is to be marked.</source>
        <translation>Rien n’est tracé ici : tracez des traits dans et hors de ce qui doit être marqué.</translation>
    </message>
    <message>
        <source>Nothing is drawn inside: draw a stroke through what is to be marked, too.</source>
        <translation>Rien n’est tracé à l’intérieur : tracez aussi un trait dans ce qui doit être marqué.</translation>
    </message>
    <message>
        <source>Nothing is drawn outside: draw a stroke through what is not to be marked, too.</source>
        <translation>Rien n’est tracé à l’extérieur : tracez aussi un trait dans ce qui ne doit pas être marqué.</translation>
    </message>
    <message>
        <source>Nothing was saved.</source>
        <translation>Rien n’a été enregistré.</translation>
    </message>
    <message>
        <source>Number of components to keep, the largest ones</source>
        <translation>Garder ce nombre de composantes, les plus grandes</translation>
    </message>
    <message>
        <source>Of this series, {part} was opened and the rest left out: {listed}.</source>
        <translation>De cette série, {part} a été ouvert et le reste laissé de côté : {listed}.</translation>
    </message>
    <message>
        <source>On the disk</source>
        <translation>Sur le disque</translation>
    </message>
    <message>
        <source>On which scan was {mask} drawn? It is saved on the grid of that one.</source>
        <translation>Sur quel examen {mask} a-t-il été dessiné ? Il est enregistré sur la grille de celui-ci.</translation>
    </message>
    <message>
        <source>Only</source>
        <translation>Limiter à</translation>
    </message>
    <message>
        <source>Only a mask that a model made in this session can be moved: run Segment.</source>
        <translation>Seul un masque qu’un modèle a produit dans cette session peut être réglé : lancez Segmenter.</translation>
    </message>
    <message>
        <source>Only {part}: the series as a whole does not fit one grid.</source>
        <translation>Seulement {part} : la série entière ne tient pas sur une seule grille.</translation>
    </message>
    <message>
        <source>Open a folder as a scan</source>
        <translation>Ouvrir un dossier comme examen</translation>
    </message>
    <message>
        <source>Open a folder first.</source>
        <translation>Ouvrez d’abord un dossier.</translation>
    </message>
    <message>
        <source>Open a folder of scans</source>
        <translation>Ouvrir un dossier d’examens</translation>
    </message>
    <message>
        <source>Open a scan first.</source>
        <translation>Ouvrez d’abord un examen.</translation>
    </message>
    <message>
        <source>Open a scan first: drop it on the window, or press Open… above.</source>
        <translation>Ouvrez d’abord un examen : déposez-le sur la fenêtre, ou cliquez sur Ouvrir… ci-dessus.</translation>
    </message>
    <message>
        <source>Open a scan of several slices first.</source>
        <translation>Ouvrez d’abord un examen de plusieurs coupes.</translation>
    </message>
    <message>
        <source>Open a scan or a saved mask; or drop it on the window</source>
        <translation>Ouvrir un examen ou un masque enregistré ; ou déposez-le sur la fenêtre</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>Ouvrir un dossier…</translation>
    </message>
    <message>
        <source>Open it in 3D Slicer or ITK-SNAP, and save it as NIfTI.</source>
        <translation>Ouvrez-le dans 3D Slicer ou ITK-SNAP et enregistrez-le en NIfTI.</translation>
    </message>
    <message>
        <source>Open scans or masks</source>
        <translation>Ouvrir des examens ou des masques</translation>
    </message>
    <message>
        <source>Open the scan that it was made of.</source>
        <translation>Ouvrez l’examen dont il est tiré.</translation>
    </message>
    <message>
        <source>Open the scan that it was made of; or save it as PNG.</source>
        <translation>Ouvrez l’examen dont il est tiré ; ou enregistrez-le en PNG.</translation>
    </message>
    <message>
        <source>OpenVINO is not installed. {how_to_get_it}</source>
        <translation>OpenVINO n’est pas installé. {how_to_get_it}</translation>
    </message>
    <message>
        <source>OpenVINO is used for the CPU only</source>
        <translation>OpenVINO ne sert que pour le processeur central (CPU)</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>Ouverture…</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>Ouvrir…</translation>
    </message>
    <message>
        <source>Orientation is not stored in the file (it has no TransformMatrix): left and right are a guess, check them.</source>
        <translation>L’orientation n’est pas enregistrée dans le fichier (il n’a pas de TransformMatrix) : la gauche et la droite sont supposées, vérifiez-les.</translation>
    </message>
    <message>
        <source>Orientation is not stored in the file (it names no anatomical space): left and right are a guess, check them.</source>
        <translation>L’orientation n’est pas enregistrée dans le fichier (il ne nomme aucun espace anatomique) : la gauche et la droite sont supposées, vérifiez-les.</translation>
    </message>
    <message>
        <source>Orientation is not stored in the file (its RAS flag is unset): left and right are a guess, check them.</source>
        <translation>L’orientation n’est pas enregistrée dans le fichier (son indicateur RAS est absent) : la gauche et la droite sont supposées, vérifiez-les.</translation>
    </message>
    <message>
        <source>Orientation is not stored in the file (sform and qform are unset): left and right are a guess, check them.</source>
        <translation>L’orientation n’est pas enregistrée dans le fichier (sform et qform sont absents) : la gauche et la droite sont supposées, vérifiez-les.</translation>
    </message>
    <message>
        <source>Outline</source>
        <translation>Contour</translation>
    </message>
    <message>
        <source>Outline the mask instead of filling it</source>
        <translation>Tracer le contour du masque au lieu de le remplir</translation>
    </message>
    <message>
        <source>Outlines are drawn on a slice: switch to the 2-D display first.</source>
        <translation>Les contours se tracent sur une coupe : passez d’abord en affichage 2D.</translation>
    </message>
    <message>
        <source>Outlines are drawn on slices only: leave 3-D first.</source>
        <translation>Les contours ne se tracent que sur des coupes : quittez d’abord la 3D.</translation>
    </message>
    <message>
        <source>Outside</source>
        <translation>Dehors</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>Peindre</translation>
    </message>
    <message>
        <source>Paint and erase balls through the slices; once more: discs on one slice</source>
        <translation>Peindre et effacer des boules à travers les coupes ; à nouveau : des disques sur une coupe</translation>
    </message>
    <message>
        <source>Paint only where the intensity is in the range; once more: anywhere</source>
        <translation>Ne peindre que là où l’intensité est dans l’intervalle ; à nouveau : partout</translation>
    </message>
    <message>
        <source>Paint {name} (label {label})</source>
        <translation>Peindre {name} (étiquette {label})</translation>
    </message>
    <message>
        <source>Patient</source>
        <translation>Patient</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>Identifiant du patient</translation>
    </message>
    <message>
        <source>Patient and series</source>
        <translation>Patient et série</translation>
    </message>
    <message>
        <source>Patient and series of this scan</source>
        <translation>Patient et série de cet examen</translation>
    </message>
    <message>
        <source>Patient {patient} cannot go to the {split} part: {reason}. Choose another part.</source>
        <translation>Le patient {patient} ne peut pas aller dans la partie {split} : {reason}. Choisissez une autre partie.</translation>
    </message>
    <message>
        <source>Patient {patient} is in the {fixed} part of this training set and cannot go to the {split} part: a model would be measured on patients that it learned from. Add the scan to the part that the patient is in.</source>
        <translation>Le patient {patient} est dans la partie {fixed} de ce jeu d’entraînement et ne peut pas aller dans la partie {split} : un modèle serait évalué sur des patients dont il a appris. Ajoutez l’examen à la partie où se trouve le patient.</translation>
    </message>
    <message>
        <source>Perpendicular</source>
        <translation>Perpendiculaire</translation>
    </message>
    <message>
        <source>Pick a label</source>
        <translation>Prélever une étiquette</translation>
    </message>
    <message>
        <source>Plane of the slices</source>
        <translation>Plan des coupes</translation>
    </message>
    <message>
        <source>Polygon</source>
        <translation>Polygone</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>Précédent</translation>
    </message>
    <message>
        <source>Product of both</source>
        <translation>Produit des deux</translation>
    </message>
    <message>
        <source>Protocol</source>
        <translation>Protocole</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>Portée</translation>
    </message>
    <message>
        <source>Range from scan</source>
        <translation>Intervalle de l’image</translation>
    </message>
    <message>
        <source>Range of {name}</source>
        <translation>Intervalle de {name}</translation>
    </message>
    <message>
        <source>Reading failed: {reason}</source>
        <translation>Échec de la lecture : {reason}</translation>
    </message>
    <message>
        <source>Reading {title}…</source>
        <translation>Lecture de {title}…</translation>
    </message>
    <message>
        <source>Really {button}?</source>
        <translation>Vraiment {button} ?</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Refaire</translation>
    </message>
    <message>
        <source>Redraw what lies between the slices that you drew or corrected; fill gaps</source>
        <translation>Redessiner ce qui se trouve entre les coupes que vous avez dessinées ou corrigées ; combler les vides</translation>
    </message>
    <message>
        <source>Remove islands</source>
        <translation>Îlots</translation>
    </message>
    <message>
        <source>Remove the parts that are smaller than the size</source>
        <translation>Retirer les parties plus petites que la taille indiquée</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>Retirés</translation>
    </message>
    <message>
        <source>Repetition time, ms</source>
        <translation>Temps de répétition, ms</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Remplacer</translation>
    </message>
    <message>
        <source>Replace the slice after by this one, and go there</source>
        <translation>Remplacer la coupe suivante par celle-ci, et y aller</translation>
    </message>
    <message>
        <source>Replace the slice before by this one, and go there</source>
        <translation>Remplacer la coupe précédente par celle-ci, et y aller</translation>
    </message>
    <message>
        <source>Replace {name}</source>
        <translation>Remplacer {name}</translation>
    </message>
    <message>
        <source>Report of</source>
        <translation>Rapport du</translation>
    </message>
    <message>
        <source>Report…</source>
        <translation>Rapport…</translation>
    </message>
    <message>
        <source>Research on glioma in MRI: a first mask of FLAIR abnormality for a person to correct. Not a medical device; not for diagnosis or treatment.</source>
        <translation>Recherche sur le gliome en IRM : un premier masque de l’anomalie FLAIR, qu’une personne corrige. N’est pas un dispositif médical ; ni pour le diagnostic, ni pour le traitement.</translation>
    </message>
    <message>
        <source>Research software, not a medical device. Not for diagnosis or treatment.</source>
        <translation>Logiciel de recherche ; n’est pas un dispositif médical. Ne pas utiliser pour le diagnostic ni le traitement.</translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation>Logiciel de recherche ; n’est pas un dispositif médical.</translation>
    </message>
    <message>
        <source>Reset to the model's own</source>
        <translation>Revenir au modèle</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Restaurer</translation>
    </message>
    <message>
        <source>Return</source>
        <translation>Entrée</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Droite</translation>
    </message>
    <message>
        <source>Round the outline: standard deviation of a Gaussian{unknown}</source>
        <translation>Arrondir le contour : écart-type d’une gaussienne{unknown}</translation>
    </message>
    <message>
        <source>Run each model on the bundled sample, best while nothing else runs on this computer</source>
        <translation>Exécuter chaque modèle sur l’exemple fourni, de préférence quand rien d’autre ne tourne sur cet ordinateur</translation>
    </message>
    <message>
        <source>Run in a box</source>
        <translation>Relancer un cadre</translation>
    </message>
    <message>
        <source>Run on this slice</source>
        <translation>Relancer la coupe</translation>
    </message>
    <message>
        <source>Run the model again and replace only the slice on the screen</source>
        <translation>Relancer le modèle et ne remplacer que la coupe affichée</translation>
    </message>
    <message>
        <source>Run the model again inside a rectangle that you draw, and replace only that</source>
        <translation>Relancer le modèle dans un rectangle que vous dessinez, et ne remplacer que cette zone</translation>
    </message>
    <message numerus="yes">
        <source>Running the model on {n} slices…</source>
        <extracomment>one: Running the model on {n} slice…</extracomment>
        <translation><numerusform>Exécution du modèle sur {n} coupe…</numerusform><numerusform>Exécution du modèle sur {n} coupes…</numerusform></translation>
    </message>
    <message>
        <source>Sagittal, right to left</source>
        <translation>Sagittal, de droite à gauche</translation>
    </message>
    <message>
        <source>Sample: a head with a computed lesion</source>
        <translation>Exemple : une tête avec une lésion calculée</translation>
    </message>
    <message>
        <source>Save a page with pictures and numbers, to print</source>
        <translation>Enregistrer une page avec images et mesures, à imprimer</translation>
    </message>
    <message>
        <source>Save all numbers as CSV or JSON</source>
        <translation>Enregistrer toutes les mesures en CSV ou JSON</translation>
    </message>
    <message>
        <source>Save it as OME-TIFF with the program that made it, or with Fiji.</source>
        <translation>Enregistrez-le en OME-TIFF avec le programme qui l’a fait, ou avec Fiji.</translation>
    </message>
    <message>
        <source>Save mask</source>
        <translation>Enregistrer le masque</translation>
    </message>
    <message>
        <source>Save mask…</source>
        <translation>Enregistrer le masque…</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Enregistrer le rapport</translation>
    </message>
    <message>
        <source>Save the mask and go back to the scan before</source>
        <translation>Enregistrer le masque et revenir à l’examen précédent</translation>
    </message>
    <message>
        <source>Save the mask and go on to the next scan</source>
        <translation>Enregistrer le masque et passer à l’examen suivant</translation>
    </message>
    <message>
        <source>Save the mask as accepted and go on to the next scan that is not</source>
        <translation>Enregistrer le masque comme validé et passer au prochain examen non validé</translation>
    </message>
    <message>
        <source>Save the scan again from the program that made it.</source>
        <translation>Enregistrez à nouveau l’examen avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>Save them as NIfTI, with an affine, in the program that made them.</source>
        <translation>Enregistrez-les en NIfTI, avec une matrice affine, dans le programme qui les a faits.</translation>
    </message>
    <message>
        <source>Save {name} on the grid of its scan</source>
        <translation>Enregistrer {name} sur la grille de son examen</translation>
    </message>
    <message>
        <source>Saved {count} masks in {name}, read back and compared.</source>
        <translation>{count} masques enregistrés dans {name}, relus et comparés.</translation>
    </message>
    <message>
        <source>Saved {name} ({status}).</source>
        <translation>{name} a été enregistré ({status}).</translation>
    </message>
    <message>
        <source>Saved {name}, read back and compared.</source>
        <translation>{name} a été enregistré, relu et comparé.</translation>
    </message>
    <message>
        <source>Saved {name}: open it in a browser, to read or to print.</source>
        <translation>{name} a été enregistré : ouvrez-le dans un navigateur, pour le lire ou l’imprimer.</translation>
    </message>
    <message>
        <source>Saves the mask beside its scan if that was not done, and goes to the next scan</source>
        <translation>Enregistre le masque à côté de son examen si ce n’est pas fait, et passe à l’examen suivant</translation>
    </message>
    <message>
        <source>Saves the mask beside its scan if that was not done, and goes to the scan before</source>
        <translation>Enregistre le masque à côté de son examen si ce n’est pas fait, et revient à l’examen précédent</translation>
    </message>
    <message>
        <source>Saves the mask, and copies it with its scan for a model to learn from</source>
        <translation>Enregistre le masque, et le copie avec son examen pour qu’un modèle en apprenne</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Enregistrer…</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>Enregistrement…</translation>
    </message>
    <message>
        <source>Say where the scan is by now</source>
        <translation>Indiquer où se trouve maintenant l’examen</translation>
    </message>
    <message>
        <source>Scan</source>
        <translation>Examen</translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>Appareil</translation>
    </message>
    <message>
        <source>Scissors</source>
        <translation>Ciseaux</translation>
    </message>
    <message>
        <source>Scribble</source>
        <translation>Traits</translation>
    </message>
    <message>
        <source>Scribble inside the lesion: the mask follows your strokes, by the intensities and the model</source>
        <translation>Tracer des traits dans la lésion : le masque les suit, d’après les intensités et le modèle</translation>
    </message>
    <message>
        <source>Scribble outside the lesion: the mask keeps away from these strokes</source>
        <translation>Tracer des traits hors de la lésion : le masque s’en tient à l’écart</translation>
    </message>
    <message>
        <source>Segment</source>
        <translation>Segmenter</translation>
    </message>
    <message>
        <source>Segment every slice</source>
        <translation>Segmenter toutes les coupes</translation>
    </message>
    <message>
        <source>Segment only the slice that the viewer shows</source>
        <translation>Segmenter seulement la coupe affichée</translation>
    </message>
    <message>
        <source>Segment the chosen scan in the background</source>
        <translation>Segmenter l’examen choisi en arrière-plan</translation>
    </message>
    <message>
        <source>Segmentation failed: {reason}</source>
        <translation>Échec de la segmentation : {reason}</translation>
    </message>
    <message>
        <source>Segmenting</source>
        <translation>Segmentation en cours</translation>
    </message>
    <message>
        <source>Series</source>
        <translation>Série</translation>
    </message>
    <message>
        <source>Series number</source>
        <translation>Numéro de série</translation>
    </message>
    <message>
        <source>Sex</source>
        <translation>Sexe</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Maj</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Voir</translation>
    </message>
    <message>
        <source>Show again, on the scan, which is opened for it</source>
        <translation>Afficher à nouveau, sur l’examen, qui est ouvert pour cela</translation>
    </message>
    <message>
        <source>Show all keys</source>
        <translation>Afficher tous les raccourcis</translation>
    </message>
    <message>
        <source>Show alone</source>
        <translation>Afficher seul</translation>
    </message>
    <message>
        <source>Show changes</source>
        <translation>Afficher les écarts</translation>
    </message>
    <message>
        <source>Show diameters</source>
        <translation>Afficher les diamètres</translation>
    </message>
    <message>
        <source>Show only scans whose name or folder contains this</source>
        <translation>N’afficher que les examens dont le nom ou le dossier contient ce texte</translation>
    </message>
    <message>
        <source>Show only scans with this status; To do: those not accepted yet</source>
        <translation>N’afficher que les examens de ce statut ; À faire : ceux qui ne sont pas encore validés</translation>
    </message>
    <message>
        <source>Show or hide {title}</source>
        <translation>Afficher ou replier {title}</translation>
    </message>
    <message>
        <source>Show the earlier scan beside this one, at the same place</source>
        <translation>Afficher l’examen antérieur à côté de celui-ci, au même endroit</translation>
    </message>
    <message>
        <source>Show without the scan; laid on it once that is opened</source>
        <translation>Afficher sans l’examen ; placé dessus dès que celui-ci sera ouvert</translation>
    </message>
    <message>
        <source>Shown here only: masks, reports and autosaves do not carry it unless their format must.</source>
        <translation>Affiché ici seulement : masques, rapports et sauvegardes automatiques ne le contiennent pas, sauf si leur format l’exige.</translation>
    </message>
    <message>
        <source>Shown resampled on {aligned_to}: {names}. Runs and files use their voxels.</source>
        <translation>Rééchantillonné sur {aligned_to} pour l’affichage : {names}. Le modèle et les fichiers utilisent leurs propres voxels.</translation>
    </message>
    <message>
        <source>Shrink</source>
        <translation>Éroder</translation>
    </message>
    <message>
        <source>Slice after</source>
        <translation>Coupe suivante</translation>
    </message>
    <message>
        <source>Slice before</source>
        <translation>Coupe précédente</translation>
    </message>
    <message>
        <source>Slice {index} does not hold this label: there is nothing to copy.</source>
        <translation>La coupe {index} ne contient pas cette étiquette : il n’y a rien à copier.</translation>
    </message>
    <message>
        <source>Slice {index} is the first one.</source>
        <translation>La coupe {index} est la première.</translation>
    </message>
    <message>
        <source>Slice {index} is the last one.</source>
        <translation>La coupe {index} est la dernière.</translation>
    </message>
    <message>
        <source>Slices</source>
        <translation>Coupes</translation>
    </message>
    <message>
        <source>Slices are shown in 2-D: leave 3-D first.</source>
        <translation>Les coupes s’affichent en 2D : quittez d’abord la 3D.</translation>
    </message>
    <message>
        <source>Slices changed</source>
        <translation>Coupes modifiées</translation>
    </message>
    <message>
        <source>Smaller brush</source>
        <translation>Pinceau plus petit</translation>
    </message>
    <message>
        <source>Smaller parts are islands; within one slice, their volume in it</source>
        <translation>Les parties plus petites sont des îlots ; dans une coupe, c’est leur volume dans celle-ci</translation>
    </message>
    <message>
        <source>Smallest probability that counts</source>
        <translation>Plus petite probabilité qui compte</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>Lisser</translation>
    </message>
    <message>
        <source>Smoothing brush</source>
        <translation>Pinceau lissant</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Espace</translation>
    </message>
    <message>
        <source>Sphere</source>
        <translation>Sphère</translation>
    </message>
    <message>
        <source>Started from</source>
        <translation>Parti de</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Statut</translation>
    </message>
    <message>
        <source>Stop after the slices under way; those that are done stay</source>
        <translation>Arrêter après les coupes en cours ; celles qui sont faites restent</translation>
    </message>
    <message>
        <source>Stopped, as this scan was closed.</source>
        <translation>Arrêt : cet examen a été fermé.</translation>
    </message>
    <message>
        <source>Stored with white as zero; intensities were turned round.</source>
        <translation>Enregistré avec le blanc à zéro ; les intensités ont été inversées.</translation>
    </message>
    <message>
        <source>Stroke</source>
        <translation>AVC</translation>
    </message>
    <message>
        <source>Strokes are drawn on a slice: switch to the 2-D display first.</source>
        <translation>Les traits se tracent sur une coupe : passez d’abord en affichage 2D.</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Étude</translation>
    </message>
    <message>
        <source>Study date</source>
        <translation>Date de l’étude</translation>
    </message>
    <message>
        <source>Subdural</source>
        <translation>Sous-dural</translation>
    </message>
    <message>
        <source>Subtract</source>
        <translation>Soustraire</translation>
    </message>
    <message>
        <source>Sum of products</source>
        <translation>Somme des produits</translation>
    </message>
    <message>
        <source>Sum of products, mm²</source>
        <translation>Somme des produits, mm²</translation>
    </message>
    <message>
        <source>Swap label and background</source>
        <translation>Échanger étiquette et fond</translation>
    </message>
    <message>
        <source>Switch the tools between the slice on the screen and all slices</source>
        <translation>Basculer les outils entre la coupe affichée et toutes les coupes</translation>
    </message>
    <message>
        <source>Table, a line per mask (*.csv)</source>
        <translation>Tableau, une ligne par masque (*.csv)</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Take only background, no voxels of labels that are not selected: all tools, and the brush (this is napari's “preserve labels”)</source>
        <translation>Ne prendre que du fond, aucun voxel d’étiquettes non sélectionnées : tous les outils, et le pinceau (c’est « preserve labels » de napari)</translation>
    </message>
    <message>
        <source>Take the other mask away from the selected label</source>
        <translation>Retirer l’autre masque de l’étiquette sélectionnée</translation>
    </message>
    <message>
        <source>Take the range from the tissue that you click on: mean ± 2 standard deviations</source>
        <translation>Prendre l’intervalle du tissu sur lequel vous cliquez : moyenne ± 2 écarts-types</translation>
    </message>
    <message>
        <source>Taking back…</source>
        <translation>Reprise…</translation>
    </message>
    <message>
        <source>That failed: {reason}</source>
        <translation>Échec : {reason}</translation>
    </message>
    <message>
        <source>That was the last one: all scans shown in the list are accepted.</source>
        <translation>C’était le dernier : tous les examens affichés dans la liste sont validés.</translation>
    </message>
    <message>
        <source>The CPU cannot run the model: {why}.</source>
        <translation>Le processeur central (CPU) ne peut pas exécuter le modèle : {why}.</translation>
    </message>
    <message>
        <source>The background is selected: choose a label to edit in the layer controls.</source>
        <translation>Le fond est sélectionné : choisissez une étiquette à modifier dans les réglages du calque.</translation>
    </message>
    <message>
        <source>The background of the image for {name} lies amid the values of the brain, and is not one exact value, so that the model cannot tell them apart: set all that lies outside of the head to one value.</source>
        <translation>Le fond de l’image pour {name} se situe au milieu des valeurs du cerveau et n’a pas une valeur exacte unique : le modèle ne peut pas les distinguer. Donnez une seule valeur à tout ce qui est hors de la tête.</translation>
    </message>
    <message>
        <source>The box holds no voxel of the mask. Draw it on the scan.</source>
        <translation>Le cadre ne contient aucun voxel du masque. Dessinez-le sur l’examen.</translation>
    </message>
    <message>
        <source>The channels do not say what they are and are taken in order: {order}.</source>
        <translation>Les canaux n’indiquent pas ce qu’ils sont et sont pris dans l’ordre : {order}.</translation>
    </message>
    <message>
        <source>The device has too little free memory for a single slice. Close other programs that use it, or choose the CPU.</source>
        <translation>Le processeur n’a pas assez de mémoire libre pour une seule coupe. Fermez d’autres programmes qui l’utilisent, ou choisissez le CPU.</translation>
    </message>
    <message>
        <source>The directions of the slices differ by up to {angle:.2f} degrees; their mean is taken.</source>
        <translation>Les directions des coupes diffèrent de {angle:.2f} degrés au plus ; leur moyenne est retenue.</translation>
    </message>
    <message>
        <source>The distance between slices is not stored; 1 {unit} is assumed.</source>
        <translation>La distance entre les coupes n’est pas enregistrée ; 1 {unit} est supposé.</translation>
    </message>
    <message>
        <source>The file calls its {count} pictures channels; they are taken for slices.</source>
        <translation>Le fichier appelle canaux ses {count} images ; elles sont prises pour des coupes.</translation>
    </message>
    <message>
        <source>The file has a colour table for display; values are shown as stored.</source>
        <translation>Le fichier a une table de couleurs pour l’affichage ; les valeurs sont affichées telles qu’enregistrées.</translation>
    </message>
    <message>
        <source>The file says that zero is white; values are shown as stored.</source>
        <translation>Le fichier dit que zéro est blanc ; les valeurs sont affichées telles qu’enregistrées.</translation>
    </message>
    <message>
        <source>The file states two places (sform and qform) that are up to {apart:.1f} mm apart: its sform was taken, and masks keep both, but other programs may take the qform.</source>
        <translation>Le fichier indique deux positions (sform et qform) distantes de {apart:.1f} mm au plus : sform a été retenu, et les masques gardent les deux, mais d’autres logiciels peuvent retenir qform.</translation>
    </message>
    <message>
        <source>The folder {name} cannot be looked into ({reason}), so its models are left out. Check its permissions, or take it away.</source>
        <translation>Le dossier {name} ne peut pas être consulté ({reason}), ses modèles sont donc laissés de côté. Vérifiez ses droits, ou retirez-le.</translation>
    </message>
    <message>
        <source>The folder {name} cannot be made ({reason}). Choose another one, make room on the disk, or ask for write access.</source>
        <translation>Impossible de créer le dossier {name} ({reason}). Choisissez-en un autre, libérez de la place sur le disque ou demandez l’accès en écriture.</translation>
    </message>
    <message>
        <source>The folder {name} cannot be made or listed ({reason}). Choose another.</source>
        <translation>Le dossier {name} ne peut pas être créé ou listé ({reason}). Choisissez-en un autre.</translation>
    </message>
    <message>
        <source>The folder {name} holds other files, such as {others}, and no {manifest}. Choose a training set, or a new or empty folder.</source>
        <translation>Le dossier {name} contient d’autres fichiers, comme {others}, et pas de {manifest}. Choisissez un jeu d’entraînement, ou un dossier nouveau ou vide.</translation>
    </message>
    <message>
        <source>The graph has layout {layout}, expected {graph_layout}.</source>
        <translation>Le graphe a la structure {layout}, {graph_layout} est attendue.</translation>
    </message>
    <message>
        <source>The graph holds more than OpenVINO's own operations.</source>
        <translation>Le graphe contient plus que les opérations propres à OpenVINO.</translation>
    </message>
    <message>
        <source>The graph is damaged ({error}).</source>
        <translation>Le graphe est endommagé ({error}).</translation>
    </message>
    <message>
        <source>The graph of model {name!r} does not belong to its weights, or is damaged ({error}). Get the model again, or delete its {graph_name}: it runs without.</source>
        <translation>Le graphe du modèle {name!r} n’appartient pas à ses poids ou est endommagé ({error}). Procurez-vous à nouveau le modèle, ou supprimez son {graph_name} : il fonctionne sans.</translation>
    </message>
    <message>
        <source>The graph was made for other weights than those beside it.</source>
        <translation>Le graphe a été fait pour d’autres poids que ceux à côté de lui.</translation>
    </message>
    <message>
        <source>The head in the image for {name} is cut off {cuts}: {cut}</source>
        <translation>La tête dans l’image pour {name} est coupée {cuts} : {cut}</translation>
    </message>
    <message>
        <source>The head seems to lie {way} in the slices; the model was trained with the forehead up: check the orientation stored with the scan.</source>
        <translation>La tête semble placée {way} dans les coupes ; le modèle a été entraîné avec le front en haut : vérifiez l’orientation enregistrée avec l’examen.</translation>
    </message>
    <message>
        <source>The header counts in {unit}; shown in millimetres.</source>
        <translation>L’en-tête compte en {unit} ; affiché en millimètres.</translation>
    </message>
    <message>
        <source>The header counts in {unit}s; shown in millimetres.</source>
        <translation>L’en-tête compte en {unit}s ; affiché en millimètres.</translation>
    </message>
    <message>
        <source>The header does not state {tag}; {assumed}.</source>
        <translation>L’en-tête n’indique pas {tag} ; {assumed}.</translation>
    </message>
    <message>
        <source>The header multiplies all values by 0; this is ignored.</source>
        <translation>L’en-tête multiplie toutes les valeurs par 0 ; cela est ignoré.</translation>
    </message>
    <message>
        <source>The header states a voxel size of 0, for which 1 is taken, so volumes and distances are a guess.</source>
        <translation>L’en-tête indique une taille de voxel de 0, remplacée par 1 ; volumes et distances sont donc supposés.</translation>
    </message>
    <message>
        <source>The header states intensities of {slope:g} x value + {shift:g}; the values are shown as stored, as ITK does.</source>
        <translation>L’en-tête indique des intensités de {slope:g} x valeur + {shift:g} ; les valeurs sont affichées telles qu’enregistrées, comme le fait ITK.</translation>
    </message>
    <message>
        <source>The image for {name} holds voxels that are no numbers (NaN or infinite), which the model cannot use: save it again without them.</source>
        <translation>L’image pour {name} contient des voxels qui ne sont pas des nombres (NaN ou infinis), inutilisables pour le modèle : enregistrez-la à nouveau sans eux.</translation>
    </message>
    <message>
        <source>The image for {name} is clipped: {share:.0%} of the head have its highest value. Lesions and other bright tissue look alike there, and too much may be marked: choose the image as the scanner made it, or save it again through a wider window.</source>
        <translation>L’image pour {name} est écrêtée : {share:.0%} de la tête en ont la plus haute valeur. Les lésions et les autres tissus brillants s’y ressemblent, et trop peut être marqué : choisissez l’image telle que l’appareil l’a produite, ou enregistrez-la de nouveau avec une fenêtre plus large.</translation>
    </message>
    <message>
        <source>The image for {name} is unlike the {name} of the {patients} training patients ({odd}): check that it is {name} MRI of a head before you trust the mask.</source>
        <translation>L’image pour {name} ne ressemble pas à la séquence {name} des {patients} patients d’entraînement ({odd}) : vérifiez qu’il s’agit d’une IRM {name} de la tête avant de vous fier au masque.</translation>
    </message>
    <message>
        <source>The image for {name} looks like {alike} (low match): the model was trained with {name} there, so choose the {name} image.</source>
        <translation>L’image pour {name} ressemble à {alike} (faible concordance) : le modèle a été entraîné avec {name} à cet endroit, choisissez donc l’image {name}.</translation>
    </message>
    <message>
        <source>The image for {name} {found}: choose an MRI image, as the model was trained on.</source>
        <translation>L’image pour {name} {found} : choisissez une image IRM, comme celles de l’entraînement du modèle.</translation>
    </message>
    <message>
        <source>The image for {name} {why_not}. {by_the_brain}.</source>
        <translation>L’image pour {name} {why_not}. {by_the_brain}.</translation>
    </message>
    <message>
        <source>The image given as {role} has the value {min} everywhere. Choose another, or none.</source>
        <translation>L’image donnée comme {role} a partout la valeur {min}. Choisissez-en une autre, ou aucune.</translation>
    </message>
    <message>
        <source>The image states no position or pixel size; shown in pixels, orientation assumed.</source>
        <translation>L’image n’indique ni position ni taille de pixel ; elle est affichée en pixels, dans une orientation supposée.</translation>
    </message>
    <message>
        <source>The image that the model is given as {role}</source>
        <translation>L’image fournie au modèle comme {role}</translation>
    </message>
    <message>
        <source>The largest lesions; click one to go to its largest slice</source>
        <translation>Les plus grandes lésions ; cliquez sur l’une pour aller à sa plus grande coupe</translation>
    </message>
    <message>
        <source>The largest series was opened. Others here: {listed}; open a file of one to see it, or name it (brainseg predict --series).</source>
        <translation>La plus grande série a été ouverte. Autres séries présentes : {listed} ; ouvrez un fichier de l’une d’elles pour la voir, ou nommez-la (brainseg predict --series).</translation>
    </message>
    <message>
        <source>The largest {count} of {lesions} lesions</source>
        <translation>Les {count} plus grandes lésions sur {lesions}</translation>
    </message>
    <message>
        <source>The mask belongs to no scan: left and right are not known.</source>
        <translation>Le masque n’appartient à aucun examen : droite et gauche sont inconnues.</translation>
    </message>
    <message>
        <source>The mask could not be moved: {reason}</source>
        <translation>Le masque n’a pas pu être réglé : {reason}</translation>
    </message>
    <message>
        <source>The mask has shape {shape} and the scan {name} {grid} (z, y, x). Save the mask with the scan that it was made on.</source>
        <translation>Le masque a les dimensions {shape} et l’examen {name} {grid} (z, y, x). Enregistrez le masque avec l’examen sur lequel il a été fait.</translation>
    </message>
    <message>
        <source>The mask holds labels {unknown}, expected 0 and {known}. Erase or renumber them.</source>
        <translation>Le masque contient les étiquettes {unknown} ; 0 et {known} sont attendues. Effacez-les ou renumérotez-les.</translation>
    </message>
    <message>
        <source>The mask is empty.</source>
        <translation>Le masque est vide.</translation>
    </message>
    <message>
        <source>The mask is empty: nothing is marked.</source>
        <translation>Le masque est vide : rien n’est marqué.</translation>
    </message>
    <message>
        <source>The mask is right: saves it, and goes to the next scan that is not accepted</source>
        <translation>Le masque est correct : l’enregistre, et passe au prochain examen non validé</translation>
    </message>
    <message>
        <source>The mask is saved, and you accepted it.</source>
        <translation>Le masque est enregistré, et vous l’avez validé.</translation>
    </message>
    <message>
        <source>The mask of an earlier examination, for the change of volume and size</source>
        <translation>Le masque d’un examen antérieur, pour l’évolution du volume et de la taille</translation>
    </message>
    <message>
        <source>The mask of {name} holds labels from {low} to {high}, expected 0 to {max_label}. Renumber the labels.</source>
        <translation>Le masque de {name} contient des étiquettes de {low} à {high}, attendu de 0 à {max_label}. Renumérotez les étiquettes.</translation>
    </message>
    <message>
        <source>The mask of {name} holds {kind} values, expected whole numbers. Apply the threshold first.</source>
        <translation>Le masque de {name} contient des valeurs {kind}, attendu des nombres entiers. Appliquez d’abord le seuil.</translation>
    </message>
    <message>
        <source>The mask of {scan} has {n_labels} labels on {n_slices} slices, expected at most {most} for DICOM SEG. Merge labels, or save as NIfTI.</source>
        <translation>Le masque de {scan} a {n_labels} étiquettes sur {n_slices} coupes, attendu au plus {most} pour DICOM SEG. Fusionnez des étiquettes ou enregistrez en NIfTI.</translation>
    </message>
    <message>
        <source>The mask was accepted. Release Accept to move it again.</source>
        <translation>Le masque a été validé. Relâchez Valider pour le régler à nouveau.</translation>
    </message>
    <message>
        <source>The mask was changed or made by hand, and is saved.</source>
        <translation>Le masque a été modifié ou fait à la main, et est enregistré.</translation>
    </message>
    <message>
        <source>The mask was edited by hand; moving it would undo that. Take the edits back with Ctrl+Z, or run Segment for a new one.</source>
        <translation>Le masque a été modifié à la main ; le régler annulerait ces corrections. Annulez-les avec Ctrl+Z, ou lancez Segmenter pour en obtenir un nouveau.</translation>
    </message>
    <message>
        <source>The model expects {required}; this image {impression}.</source>
        <translation>Le modèle attend {required} ; cette image {impression}.</translation>
    </message>
    <message>
        <source>The model has no input for {said}; it is given the images beside this one.</source>
        <translation>Le modèle n’a pas d’entrée pour {said} ; il reçoit les images à côté de celle-ci.</translation>
    </message>
    <message>
        <source>The model needs {needed} and no image was chosen for it. Choose one under Channels, or another model.</source>
        <translation>Le modèle a besoin de {needed} et aucune image n’a été choisie. Choisissez-en une dans Canaux, ou un autre modèle.</translation>
    </message>
    <message>
        <source>The model was trained on {usual} slices and is given {plane} ones.</source>
        <translation>Le modèle a été entraîné sur des coupes du plan {usual} et reçoit des coupes du plan {plane}.</translation>
    </message>
    <message>
        <source>The model's mask is being made…</source>
        <translation>Le masque du modèle est en cours de calcul…</translation>
    </message>
    <message>
        <source>The model's mask is saved, as it was made.</source>
        <translation>Le masque du modèle est enregistré, tel qu’il a été produit.</translation>
    </message>
    <message>
        <source>The model's probabilities are being laid out.</source>
        <translation>Les probabilités du modèle sont en cours de préparation.</translation>
    </message>
    <message>
        <source>The patient is called {name!r}, expected a pseudonym of 1 to {max_name} printable characters, the same for all scans of one patient.</source>
        <translation>Le patient est appelé {name!r} ; un pseudonyme de 1 à {max_name} caractères imprimables est attendu, le même pour tous les examens d’un patient.</translation>
    </message>
    <message>
        <source>The probabilities could not be shown: {reason}</source>
        <translation>Les probabilités n’ont pas pu être affichées : {reason}</translation>
    </message>
    <message>
        <source>The scan stores no voxel size, so lengths and volumes are not known.</source>
        <translation>L’examen n’indique pas la taille des voxels : longueurs et volumes sont inconnus.</translation>
    </message>
    <message>
        <source>The scan stores no voxel size, so volumes and lengths are not known.</source>
        <translation>L’examen n’indique pas la taille des voxels : volumes et longueurs sont inconnus.</translation>
    </message>
    <message>
        <source>The scan to segment; open one to see it here</source>
        <translation>L’examen à segmenter ; ouvrez-en un pour le voir ici</translation>
    </message>
    <message>
        <source>The scan was acquired in {plane} slices; the model is given {usual} ones, which are coarse.</source>
        <translation>L’examen a été acquis dans le plan {plane} ; le modèle reçoit des coupes du plan {usual}, qui sont grossières.</translation>
    </message>
    <message>
        <source>The scan was acquired in {plane} slices; the viewer shows axial ones.</source>
        <translation>L’examen a été acquis dans le plan {plane} ; la vue montre des coupes axiales.</translation>
    </message>
    <message>
        <source>The scan whose intensities count</source>
        <translation>L’examen dont les intensités comptent</translation>
    </message>
    <message>
        <source>The scans that the mask may have been drawn on</source>
        <translation>Les examens sur lesquels le masque a pu être dessiné</translation>
    </message>
    <message>
        <source>The slice thickness is not stored; 1 mm is assumed.</source>
        <translation>L’épaisseur de coupe n’est pas enregistrée ; 1 mm est supposé.</translation>
    </message>
    <message>
        <source>The slices are tilted by {angle:.1f} degrees against their stacking direction; positions and saved masks keep the tilt exactly, the network sees the slices as acquired, the view shows them stacked straight.</source>
        <translation>Les coupes sont inclinées de {angle:.1f} degrés par rapport à leur direction d’empilement ; les positions et les masques enregistrés gardent exactement l’inclinaison, le réseau voit les coupes telles qu’acquises, la vue les montre empilées droit.</translation>
    </message>
    <message>
        <source>The slices are unevenly spaced; these even parts can be opened.</source>
        <translation>Les coupes sont espacées irrégulièrement ; ces parties régulières peuvent être ouvertes.</translation>
    </message>
    <message>
        <source>The slices name {count} coordinate systems; they are placed as if in one.</source>
        <translation>Les coupes nomment {count} systèmes de coordonnées ; elles sont placées comme dans un seul.</translation>
    </message>
    <message>
        <source>The slices under way are being finished.</source>
        <translation>Les coupes en cours se terminent.</translation>
    </message>
    <message>
        <source>The training set was left as it is.</source>
        <translation>Le jeu d’entraînement est resté tel quel.</translation>
    </message>
    <message>
        <source>The unsaved mask</source>
        <translation>Le masque non enregistré</translation>
    </message>
    <message>
        <source>The unsaved mask cannot be read ({reason}). Check the disk, then try again.</source>
        <translation>Le masque non enregistré ne peut pas être lu ({reason}). Vérifiez le disque, puis réessayez.</translation>
    </message>
    <message>
        <source>The unsaved mask cannot be read; another version of this program may have kept it. Discard it.</source>
        <translation>Le masque non enregistré ne peut pas être lu ; une autre version de ce programme l’a peut-être conservé. Supprimez-le.</translation>
    </message>
    <message>
        <source>The unsaved mask is damaged from its beginning, or was kept by another version of this program. It cannot be restored; discard it.</source>
        <translation>Le masque non enregistré est endommagé dès le début, ou a été conservé par une autre version de ce programme. Il ne peut pas être restauré ; supprimez-le.</translation>
    </message>
    <message>
        <source>The weights of model {name!r} are damaged ({error}). Get the model again.</source>
        <translation>Les poids du modèle {name!r} sont endommagés ({error}). Récupérez à nouveau le modèle.</translation>
    </message>
    <message>
        <source>The weights of model {name!r} do not fit {label} with {encoder}. Its card and weights come from different runs: export it again.</source>
        <translation>Les poids du modèle {name!r} ne correspondent pas à {label} avec {encoder}. Sa fiche et ses poids viennent d’entraînements différents : exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>The weights of model {name!r} have SHA-256 {digest}…, its card says {weights_sha256}…. The file was changed or damaged: get it again.</source>
        <translation>Les poids du modèle {name!r} ont le SHA-256 {digest}…, sa fiche indique {weights_sha256}…. Le fichier a été modifié ou endommagé : récupérez-le à nouveau.</translation>
    </message>
    <message>
        <source>The weights of {of} are a pickled checkpoint, which can run code when opened; expected safetensors. {remedy}.</source>
        <translation>Les poids de {of} sont un point de reprise « pickle », qui peut exécuter du code à l’ouverture ; safetensors est attendu. {remedy}.</translation>
    </message>
    <message>
        <source>The weights of {of} have {size} bytes, of which {listed} list what is in them, expected at most {most} and {most_listed}. Get the model again.</source>
        <translation>Les poids de {of} font {size} octets, dont {listed} énumèrent leur contenu ; attendu : au plus {most} et {most_listed}. Récupérez à nouveau le modèle.</translation>
    </message>
    <message>
        <source>The {others} other images of its series were left out: where they lie is not stated.</source>
        <translation>Les {others} autres images de sa série ont été laissées de côté : leur position n’est pas indiquée.</translation>
    </message>
    <message>
        <source>There are several DICOM series. Each that you choose becomes a layer.</source>
        <translation>Il y a plusieurs séries DICOM. Chacune de celles que vous choisissez devient un calque.</translation>
    </message>
    <message>
        <source>There is no device '{name}' here.{why} Found: {names}. Choose one, or auto.</source>
        <translation>Il n’y a pas de processeur « {name} » ici.{why} Trouvés : {names}. Choisissez-en un, ou auto.</translation>
    </message>
    <message>
        <source>There is no label to change.</source>
        <translation>Il n’y a pas d’étiquette à modifier.</translation>
    </message>
    <message>
        <source>There is no mask at that place. Click on the part that is to stay.</source>
        <translation>Il n’y a pas de masque à cet endroit. Cliquez sur la partie à conserver.</translation>
    </message>
    <message>
        <source>There is no mask to draw.</source>
        <translation>Il n’y a pas de masque à dessiner.</translation>
    </message>
    <message>
        <source>There is no mask to measure yet.</source>
        <translation>Il n’y a pas encore de masque à mesurer.</translation>
    </message>
    <message>
        <source>There is no mask to save yet.</source>
        <translation>Il n’y a pas encore de masque à enregistrer.</translation>
    </message>
    <message>
        <source>There is no mask yet.</source>
        <translation>Il n’y a pas encore de masque.</translation>
    </message>
    <message>
        <source>There is no mask yet: press Segment, or add a labels layer and draw one.</source>
        <translation>Il n’y a pas encore de masque : cliquez sur Segmenter, ou ajoutez un calque d’étiquettes et dessinez-en un.</translation>
    </message>
    <message>
        <source>There is no mask yet: press Segment, or add a labels layer.</source>
        <translation>Il n’y a pas encore de masque : cliquez sur Segmenter, ou ajoutez un calque d’étiquettes.</translation>
    </message>
    <message>
        <source>There is no mask.</source>
        <translation>Il n’y a pas de masque.</translation>
    </message>
    <message>
        <source>There is no model to tell about.</source>
        <translation>Il n’y a pas de modèle à décrire.</translation>
    </message>
    <message>
        <source>There is no model {name!r}; found: {known}.{hint}</source>
        <translation>Il n’y a pas de modèle {name!r} ; trouvés : {known}.{hint}</translation>
    </message>
    <message>
        <source>There is no other mask on the grid of this one.</source>
        <translation>Il n’y a pas d’autre masque sur la grille de celui-ci.</translation>
    </message>
    <message>
        <source>There is no probability map: run Segment in this session.</source>
        <translation>Il n’y a pas de carte de probabilité : lancez Segmenter dans cette session.</translation>
    </message>
    <message>
        <source>There is no scan on the grid of this mask.</source>
        <translation>Il n’y a pas d’examen sur la grille de ce masque.</translation>
    </message>
    <message>
        <source>There is nothing to interpolate. Draw or correct this label on two slices that are not neighbours, in parts that overlap or lie near each other.</source>
        <translation>Il n’y a rien à interpoler. Dessinez ou corrigez cette étiquette sur deux coupes non voisines, en des parties qui se recouvrent ou sont proches.</translation>
    </message>
    <message>
        <source>There is nothing to run.</source>
        <translation>Il n’y a rien à exécuter.</translation>
    </message>
    <message>
        <source>They were not measured on the same patients: {whom}.</source>
        <translation>Ils n’ont pas été mesurés sur les mêmes patients : {whom}.</translation>
    </message>
    <message>
        <source>This image is in the training set already, as {title}, added on {added}. Replace that entry, or leave it.</source>
        <translation>Cette image est déjà dans le jeu d’entraînement, comme {title}, ajoutée le {added}. Remplacez cette entrée, ou laissez-la.</translation>
    </message>
    <message>
        <source>This is the first scan shown in the list.</source>
        <translation>C’est le premier examen affiché dans la liste.</translation>
    </message>
    <message>
        <source>This is the last scan shown in the list.</source>
        <translation>C’est le dernier examen affiché dans la liste.</translation>
    </message>
    <message>
        <source>This machine does not tell the energy of</source>
        <translation>Cette machine n’indique pas l’énergie de</translation>
    </message>
    <message>
        <source>This mask belongs to no scan, so nothing keeps the names of its labels.</source>
        <translation>Ce masque n’appartient à aucun examen : les noms de ses étiquettes ne sont conservés nulle part.</translation>
    </message>
    <message>
        <source>This mask is the model's own, untouched: a model learns nothing new from it.</source>
        <translation>Ce masque est celui du modèle, inchangé : un modèle n’en apprend rien de nouveau.</translation>
    </message>
    <message>
        <source>This model: what it was trained on, how well it does, and what it may be used for</source>
        <translation>Ce modèle : données d’entraînement, qualité, usage prévu</translation>
    </message>
    <message>
        <source>This one</source>
        <translation>Celui-ci</translation>
    </message>
    <message>
        <source>This slice</source>
        <translation>Cette coupe</translation>
    </message>
    <message>
        <source>This slice or all</source>
        <translation>Cette coupe ou toutes</translation>
    </message>
    <message>
        <source>Three planes</source>
        <translation>Trois plans</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>Seuil</translation>
    </message>
    <message>
        <source>Threshold brush</source>
        <translation>Pinceau à seuil</translation>
    </message>
    <message>
        <source>Tilt, degrees</source>
        <translation>Inclinaison, degrés</translation>
    </message>
    <message>
        <source>Time points, the first is the baseline</source>
        <translation>Examens successifs, le premier est la référence</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>À faire</translation>
    </message>
    <message>
        <source>To training set…</source>
        <translation>Vers l’entraînement…</translation>
    </message>
    <message>
        <source>Tools change all slices at once (Shift+D)</source>
        <translation>Les outils modifient toutes les coupes à la fois (Maj+D)</translation>
    </message>
    <message>
        <source>Tools change the slice on the screen and no other (Shift+D)</source>
        <translation>Les outils ne modifient que la coupe affichée (Maj+D)</translation>
    </message>
    <message>
        <source>Tools work on {whole}.</source>
        <translation>Les outils agissent sur {whole}.</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>Entraîné sur</translation>
    </message>
    <message>
        <source>Training set</source>
        <translation>Jeu d’entraînement</translation>
    </message>
    <message>
        <source>Tube voltage, kV</source>
        <translation>Tension du tube, kV</translation>
    </message>
    <message>
        <source>Turn the lesion in 3-D; click again to go back to slices</source>
        <translation>Faire tourner la lésion en 3D ; cliquez à nouveau pour revenir aux coupes</translation>
    </message>
    <message>
        <source>Turn the selected label into another one</source>
        <translation>Transformer l’étiquette sélectionnée en une autre</translation>
    </message>
    <message>
        <source>Turn the selected label into background</source>
        <translation>Transformer l’étiquette sélectionnée en fond</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Unsaved masks</source>
        <translation>Masques non enregistrés</translation>
    </message>
    <message>
        <source>Unsaved masks are not being kept: {error}.</source>
        <translation>Les masques non enregistrés ne sont pas sauvegardés : {error}.</translation>
    </message>
    <message>
        <source>Unsaved, from {when}: {problem}</source>
        <translation>Masque non enregistré de {when} : {problem}</translation>
    </message>
    <message>
        <source>Unsaved: {title}, {when}, {slices}</source>
        <translation>Non enregistré : {title}, {when}, {slices}</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>Utiliser ce modèle</translation>
    </message>
    <message>
        <source>Validated on</source>
        <translation>Validé sur</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Valeurs</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versions</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Volume</translation>
    </message>
    <message>
        <source>Volume change</source>
        <translation>Évolution du volume</translation>
    </message>
    <message>
        <source>Volume, mL</source>
        <translation>Volume, mL</translation>
    </message>
    <message>
        <source>Voxel size in mm</source>
        <translation>Taille de voxel en mm</translation>
    </message>
    <message>
        <source>Voxel size, {units}</source>
        <translation>Taille de voxel, {units}</translation>
    </message>
    <message>
        <source>Voxels</source>
        <translation>Voxels</translation>
    </message>
    <message>
        <source>Voxels added in green, removed ones in red</source>
        <translation>Voxels ajoutés en vert, voxels retirés en rouge</translation>
    </message>
    <message>
        <source>Wait a moment: the scan is being opened or saved.</source>
        <translation>Patientez : l’examen est en cours d’ouverture ou d’enregistrement.</translation>
    </message>
    <message>
        <source>Wait for Segment to end, or cancel it.</source>
        <translation>Attendez la fin de la segmentation, ou annulez-la.</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>Page Web (*.html)</translation>
    </message>
    <message>
        <source>Weights (SHA-256)</source>
        <translation>Poids (SHA-256)</translation>
    </message>
    <message>
        <source>Weights trained on CC BY-NC-SA 4.0 data (lgg-mri-segmentation), on five cases of BraTS 2018 (for research; cite Menze et al. 2015, Bakas et al. 2017 and 2018) and on CC BY data (open_ms_data): research use, not commercial.</source>
        <translation>Poids entraînés sur des données CC BY-NC-SA 4.0 (lgg-mri-segmentation), sur cinq cas de BraTS 2018 (pour la recherche ; citer Menze et al. 2015, Bakas et al. 2017 et 2018) et sur des données CC BY (open_ms_data) : pour la recherche, sans usage commercial.</translation>
    </message>
    <message>
        <source>What is not saved is lost if you discard it.</source>
        <translation>Ce qui n’est pas enregistré est perdu si vous le supprimez.</translation>
    </message>
    <message>
        <source>Where is {title}?</source>
        <translation>Où se trouve {title} ?</translation>
    </message>
    <message>
        <source>Where the result goes. Replacing can be undone with Ctrl+Z.</source>
        <translation>Où va le résultat. Un remplacement s’annule avec Ctrl+Z.</translation>
    </message>
    <message>
        <source>Which image feeds which input of the model</source>
        <translation>Quelle image alimente quelle entrée du modèle</translation>
    </message>
    <message>
        <source>Who corrected it, and when, in your own words</source>
        <translation>Qui l’a corrigé, et quand, avec vos propres mots</translation>
    </message>
    <message>
        <source>Whole scan</source>
        <translation>Tout</translation>
    </message>
    <message>
        <source>Width {width:g} HU, level {level:g} HU. Drag on the picture with the right button, or Alt, to change: sideways the width, up and down the level.</source>
        <translation>Largeur {width:g} UH, niveau {level:g} UH. Faites glisser sur l’image avec le bouton droit, ou Alt, pour changer : la largeur horizontalement, le niveau verticalement.</translation>
    </message>
    <message>
        <source>Work list</source>
        <translation>Liste de travail</translation>
    </message>
    <message>
        <source>Work through the scans of a folder</source>
        <translation>Parcourir les examens d’un dossier</translation>
    </message>
    <message>
        <source>a DICOM SEG refers to the images of its scan, but {reason}</source>
        <translation>un DICOM SEG renvoie aux images de son examen, mais {reason}</translation>
    </message>
    <message>
        <source>a dose</source>
        <translation>une dose</translation>
    </message>
    <message>
        <source>a folder of Zarr (NGFF)</source>
        <translation>un dossier Zarr (NGFF)</translation>
    </message>
    <message>
        <source>a library</source>
        <translation>une bibliothèque</translation>
    </message>
    <message>
        <source>a picture</source>
        <translation>une image</translation>
    </message>
    <message>
        <source>a picture of a microscope</source>
        <translation>une image de microscope</translation>
    </message>
    <message>
        <source>a picture, a film or a page</source>
        <translation>une image, un film ou une page</translation>
    </message>
    <message>
        <source>a pipe or a device, expected a file</source>
        <translation>un tube ou un périphérique, alors qu’un fichier est attendu</translation>
    </message>
    <message>
        <source>a presentation state</source>
        <translation>un état de présentation</translation>
    </message>
    <message>
        <source>a scan as Philips or Bruker keep it</source>
        <translation>un examen tel que Philips ou Bruker les conservent</translation>
    </message>
    <message>
        <source>a scan here</source>
        <translation>un examen ici</translation>
    </message>
    <message>
        <source>a scan of AFNI</source>
        <translation>un examen d’AFNI</translation>
    </message>
    <message>
        <source>a scan of MRtrix</source>
        <translation>un examen de MRtrix</translation>
    </message>
    <message>
        <source>a scan within</source>
        <translation>un examen en moins de</translation>
    </message>
    <message>
        <source>a segmentation</source>
        <translation>une segmentation</translation>
    </message>
    <message>
        <source>a share</source>
        <translation>une part</translation>
    </message>
    <message>
        <source>a surface, fibres or a transform, and no image</source>
        <translation>une surface, des fibres ou une transformation, et pas une image</translation>
    </message>
    <message>
        <source>a volume of another program</source>
        <translation>un volume d’un autre programme</translation>
    </message>
    <message>
        <source>about 1 s</source>
        <translation>environ 1 s</translation>
    </message>
    <message>
        <source>about {minutes:.0f} min</source>
        <translation>environ {minutes:.0f} min</translation>
    </message>
    <message>
        <source>about {seconds:.0f} s</source>
        <translation>environ {seconds:.0f} s</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>validé</translation>
    </message>
    <message>
        <source>all</source>
        <translation>toutes</translation>
    </message>
    <message>
        <source>all bits are taken</source>
        <translation>tous les bits sont retenus</translation>
    </message>
    <message>
        <source>all slices</source>
        <translation>toutes les coupes</translation>
    </message>
    <message>
        <source>all {count} masks of other scans</source>
        <translation>les {count} masques d’autres examens</translation>
    </message>
    <message>
        <source>anterior-posterior</source>
        <translation>avant-arrière</translation>
    </message>
    <message>
        <source>any</source>
        <translation>indifférent</translation>
    </message>
    <message>
        <source>area per slice</source>
        <translation>surface par coupe</translation>
    </message>
    <message>
        <source>area per slice, at most {top:.0f} {unit}</source>
        <translation>surface par coupe, au plus {top:.0f} {unit}</translation>
    </message>
    <message>
        <source>area, {unit}</source>
        <translation>surface, {unit}</translation>
    </message>
    <message>
        <source>at its left side</source>
        <translation>à son côté gauche</translation>
    </message>
    <message>
        <source>at its right side</source>
        <translation>à son côté droit</translation>
    </message>
    <message>
        <source>at the back</source>
        <translation>à l’arrière</translation>
    </message>
    <message>
        <source>at the edges</source>
        <translation>aux bords</translation>
    </message>
    <message>
        <source>at the forehead</source>
        <translation>au front</translation>
    </message>
    <message>
        <source>axial</source>
        <translation>axial</translation>
    </message>
    <message>
        <source>baseline</source>
        <translation>référence</translation>
    </message>
    <message>
        <source>below</source>
        <translation>sous</translation>
    </message>
    <message>
        <source>below the crown</source>
        <translation>sous le sommet du crâne</translation>
    </message>
    <message>
        <source>binary, of one bit</source>
        <translation>binaire, d’un bit</translation>
    </message>
    <message>
        <source>by</source>
        <translation>de</translation>
    </message>
    <message>
        <source>by hand</source>
        <translation>à la main</translation>
    </message>
    <message>
        <source>by the model, corrected by hand</source>
        <translation>par le modèle, corrigé à la main</translation>
    </message>
    <message>
        <source>by the model, not changed by hand</source>
        <translation>par le modèle, non modifié à la main</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>illisible</translation>
    </message>
    <message>
        <source>centre, mm</source>
        <translation>centre, mm</translation>
    </message>
    <message>
        <source>choose an image</source>
        <translation>choisissez une image</translation>
    </message>
    <message>
        <source>complex</source>
        <translation>complexe</translation>
    </message>
    <message>
        <source>contours</source>
        <translation>des contours</translation>
    </message>
    <message>
        <source>coronal</source>
        <translation>coronal</translation>
    </message>
    <message>
        <source>corrected</source>
        <translation>corrigé</translation>
    </message>
    <message>
        <source>day</source>
        <translation>jour</translation>
    </message>
    <message>
        <source>edited</source>
        <translation>modifié</translation>
    </message>
    <message>
        <source>empty mask</source>
        <translation>masque vide</translation>
    </message>
    <message>
        <source>every slice</source>
        <translation>toutes les coupes</translation>
    </message>
    <message>
        <source>float of 128 bits</source>
        <translation>flottant de 128 bits</translation>
    </message>
    <message>
        <source>from baseline</source>
        <translation>vs référence</translation>
    </message>
    <message>
        <source>from nadir</source>
        <translation>vs nadir</translation>
    </message>
    <message>
        <source>graphics card</source>
        <translation>carte graphique</translation>
    </message>
    <message>
        <source>has its air at {air:.2f} of this model's scale, and not at 0</source>
        <translation>a son air à {air:.2f} de l’échelle de ce modèle, et non à 0</translation>
    </message>
    <message>
        <source>has its brain at {level:.2f} of this model's scale, that of the training patients lies at {low:.2f} to {high:.2f}</source>
        <translation>a son cerveau à {level:.2f} de l’échelle de ce modèle ; celui des patients d’entraînement se situe de {low:.2f} à {high:.2f}</translation>
    </message>
    <message>
        <source>has only {count} different values, as a mask has</source>
        <translation>n’a que {count} valeurs différentes, comme un masque</translation>
    </message>
    <message>
        <source>holds brain below its background, as z-scores do; this model takes all that is below 0 for background</source>
        <translation>a du cerveau sous son fond, comme des scores z ; ce modèle prend tout ce qui est sous 0 pour du fond</translation>
    </message>
    <message>
        <source>in</source>
        <translation>dans</translation>
    </message>
    <message>
        <source>inferior-superior</source>
        <translation>pieds-tête</translation>
    </message>
    <message>
        <source>is a web page, perhaps of an error</source>
        <translation>est une page web, peut-être une page d’erreur</translation>
    </message>
    <message>
        <source>is empty but for {share:.1%} of its voxels</source>
        <translation>est vide à {share:.1%} de ses voxels près</translation>
    </message>
    <message>
        <source>is named {name}</source>
        <translation>s’appelle {name}</translation>
    </message>
    <message>
        <source>is the same everywhere</source>
        <translation>est partout identique</translation>
    </message>
    <message>
        <source>is what Git LFS puts in the place of a file</source>
        <translation>est ce que Git LFS met à la place d’un fichier</translation>
    </message>
    <message>
        <source>is what git-annex puts in the place of a file</source>
        <translation>est ce que git-annex met à la place d’un fichier</translation>
    </message>
    <message>
        <source>it has too little free memory for the model</source>
        <translation>il n’a pas assez de mémoire libre pour le modèle</translation>
    </message>
    <message>
        <source>it is taken for grey, black as zero</source>
        <translation>l’image est prise pour du gris, le noir à zéro</translation>
    </message>
    <message>
        <source>its header lacks the mark of NIfTI, so it may be Analyze 7.5, which does not tell left from right. Convert the original DICOM files to NIfTI, or this file with a program that knows how it was made.</source>
        <translation>son en-tête ne porte pas la marque de NIfTI, il peut donc s’agir d’Analyze 7.5, qui ne distingue pas la gauche de la droite. Convertissez en NIfTI les fichiers DICOM d’origine, ou ce fichier avec un logiciel qui sait comment il a été fait.</translation>
    </message>
    <message>
        <source>its header states {axes} axes, expected 1 to 7. {again}</source>
        <translation>son en-tête indique {axes} axes, attendu de 1 à 7. {again}</translation>
    </message>
    <message>
        <source>its probabilities differ from the CPU's by {difference:.2f}</source>
        <translation>ses probabilités diffèrent de celles du CPU de {difference:.2f}</translation>
    </message>
    <message>
        <source>its values are rescaled by slope {slope:g}, intercept {intercept:g}, expected finite numbers. {again}</source>
        <translation>ses valeurs sont transformées par la pente {slope:g} et l’ordonnée {intercept:g}, attendu des nombres finis. {again}</translation>
    </message>
    <message>
        <source>its voxels are of type {code}{named}, expected whole or real numbers. {again}</source>
        <translation>ses voxels sont de type {code}{named}, attendu des nombres entiers ou réels. {again}</translation>
    </message>
    <message>
        <source>label {label}</source>
        <translation>étiquette {label}</translation>
    </message>
    <message>
        <source>left-right</source>
        <translation>gauche-droite</translation>
    </message>
    <message>
        <source>lesion</source>
        <translation>lésion</translation>
    </message>
    <message>
        <source>longest, mm</source>
        <translation>plus grand, mm</translation>
    </message>
    <message>
        <source>looks like CT (much of it lies near -1000, as air does)</source>
        <translation>ressemble à une TDM (une grande partie est proche de -1000, comme l’air)</translation>
    </message>
    <message>
        <source>looks like {weighting}{sequence}</source>
        <translation>ressemble à {weighting}{sequence}</translation>
    </message>
    <message>
        <source>mL</source>
        <translation>mL</translation>
    </message>
    <message>
        <source>mean Dice {dice}, surface Dice {nsd} at {tolerance:g} {unit}, HD95 {hd95} {unit}, on {where}{whose}</source>
        <translation>Dice moyen {dice}, Dice de surface {nsd} à {tolerance:g} {unit}, HD95 {hd95} {unit}, sur {where}{whose}</translation>
    </message>
    <message>
        <source>model</source>
        <translation>modèle</translation>
    </message>
    <message>
        <source>nadir</source>
        <translation>nadir</translation>
    </message>
    <message>
        <source>names no sequence</source>
        <translation>n’indique pas sa séquence</translation>
    </message>
    <message>
        <source>napari's own, for the selected mask</source>
        <translation>ceux de napari, pour le masque sélectionné</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nouveau</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucune</translation>
    </message>
    <message>
        <source>none ({fallback} stands in)</source>
        <translation>aucune ({fallback} à la place)</translation>
    </message>
    <message>
        <source>not a name of a file</source>
        <translation>ce n’est pas un nom de fichier</translation>
    </message>
    <message>
        <source>not measured here yet</source>
        <translation>pas encore mesuré ici</translation>
    </message>
    <message>
        <source>not measured on patients kept aside</source>
        <translation>non mesuré sur des patients mis de côté</translation>
    </message>
    <message>
        <source>not recorded: the mask's file does not say, and has no edit record beside it</source>
        <translation>non enregistré : le fichier du masque ne le dit pas et n’est pas accompagné d’un relevé des corrections</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>rien</translation>
    </message>
    <message>
        <source>nothing can be found beyond the cut, and the mask near it may be wrong. Choose the whole scan if there is one.</source>
        <translation>rien ne peut être trouvé au-delà de la coupure, et le masque à proximité peut être faux. Choisissez l’examen entier s’il existe.</translation>
    </message>
    <message>
        <source>now</source>
        <translation>actuel</translation>
    </message>
    <message>
        <source>numbers that do not say where in the patient they lie</source>
        <translation>des nombres qui ne disent pas où ils se trouvent dans le patient</translation>
    </message>
    <message>
        <source>of unknown kind</source>
        <translation>de type inconnu</translation>
    </message>
    <message>
        <source>of {count}</source>
        <translation>sur {count}</translation>
    </message>
    <message>
        <source>off</source>
        <translation>non</translation>
    </message>
    <message>
        <source>on disk within</source>
        <translation>sur disque moins de</translation>
    </message>
    <message>
        <source>on every slice</source>
        <translation>sur toutes les coupes</translation>
    </message>
    <message>
        <source>on this slice</source>
        <translation>sur cette coupe</translation>
    </message>
    <message>
        <source>one is taken</source>
        <translation>un seul est supposé</translation>
    </message>
    <message>
        <source>orientation</source>
        <translation>orientation</translation>
    </message>
    <message>
        <source>pixel size</source>
        <translation>taille de pixel</translation>
    </message>
    <message>
        <source>pixels</source>
        <translation>pixels</translation>
    </message>
    <message>
        <source>position</source>
        <translation>position</translation>
    </message>
    <message>
        <source>post-contrast</source>
        <translation>post-contraste</translation>
    </message>
    <message>
        <source>posterior-anterior</source>
        <translation>arrière-avant</translation>
    </message>
    <message>
        <source>pre-contrast</source>
        <translation>pré-contraste</translation>
    </message>
    <message>
        <source>right-left</source>
        <translation>droite-gauche</translation>
    </message>
    <message>
        <source>sagittal</source>
        <translation>sagittal</translation>
    </message>
    <message>
        <source>segmented</source>
        <translation>segmenté</translation>
    </message>
    <message>
        <source>shows a head without a bright scalp, as after skull removal; this model scales intensities by the scalp</source>
        <translation>montre une tête sans cuir chevelu brillant, comme après extraction du cerveau ; ce modèle normalise les intensités d’après le cuir chevelu</translation>
    </message>
    <message>
        <source>size, mm</source>
        <translation>taille, mm</translation>
    </message>
    <message>
        <source>slice</source>
        <translation>coupe</translation>
    </message>
    <message>
        <source>slice 0</source>
        <translation>coupe 0</translation>
    </message>
    <message>
        <source>slice {index}: {area:.0f} {unit}</source>
        <translation>coupe {index} : {area:.0f} {unit}</translation>
    </message>
    <message>
        <source>slices are shown to it in tiles</source>
        <translation>les coupes lui sont montrées par tuiles</translation>
    </message>
    <message>
        <source>sum of products, mm²</source>
        <translation>somme des produits, mm²</translation>
    </message>
    <message>
        <source>superior-inferior</source>
        <translation>tête-pieds</translation>
    </message>
    <message>
        <source>surface Dice {nsd}, HD95 {hd95} {unit}</source>
        <translation>Dice de surface {nsd}, HD95 {hd95} {unit}</translation>
    </message>
    <message>
        <source>take it as</source>
        <translation>à prendre comme</translation>
    </message>
    <message>
        <source>the background in the corners</source>
        <translation>le fond dans les coins</translation>
    </message>
    <message>
        <source>the best at edges</source>
        <translation>le meilleur aux bords</translation>
    </message>
    <message>
        <source>the brighter brain tissue</source>
        <translation>le tissu cérébral plutôt clair</translation>
    </message>
    <message>
        <source>the brighter tissue of the inner brain</source>
        <translation>le tissu plutôt clair du cerveau interne</translation>
    </message>
    <message>
        <source>the brightest brain tissue</source>
        <translation>le tissu cérébral le plus clair</translation>
    </message>
    <message>
        <source>the brightest tissue of the inner brain</source>
        <translation>le tissu le plus clair du cerveau interne</translation>
    </message>
    <message>
        <source>the brightness in front against the back</source>
        <translation>la luminosité à l’avant par rapport à l’arrière</translation>
    </message>
    <message>
        <source>the card</source>
        <translation>la fiche</translation>
    </message>
    <message>
        <source>the contrast within the brain</source>
        <translation>le contraste dans le cerveau</translation>
    </message>
    <message>
        <source>the darker brain tissue</source>
        <translation>le tissu cérébral plutôt sombre</translation>
    </message>
    <message>
        <source>the darkest brain tissue</source>
        <translation>le tissu cérébral le plus sombre</translation>
    </message>
    <message>
        <source>the detail in front against the back</source>
        <translation>le détail à l’avant par rapport à l’arrière</translation>
    </message>
    <message>
        <source>the disk took only a part of it</source>
        <translation>le disque n’en a pris qu’une partie</translation>
    </message>
    <message>
        <source>the download once more</source>
        <translation>le téléchargement à refaire</translation>
    </message>
    <message>
        <source>the energy counters of this machine cannot be read (most systems let only root)</source>
        <translation>les compteurs d’énergie de cette machine ne peuvent pas être lus (la plupart des systèmes ne le permettent qu’à root)</translation>
    </message>
    <message>
        <source>the fastest</source>
        <translation>le plus rapide</translation>
    </message>
    <message>
        <source>the fastest device</source>
        <translation>le processeur le plus rapide</translation>
    </message>
    <message>
        <source>the fine bright detail of the inner brain</source>
        <translation>le détail clair et fin du cerveau interne</translation>
    </message>
    <message>
        <source>the fine detail of the outer brain</source>
        <translation>le détail fin du cerveau externe</translation>
    </message>
    <message>
        <source>the images do not state their place in the patient</source>
        <translation>les images n’indiquent pas leur position dans le patient</translation>
    </message>
    <message>
        <source>the images state no {missing}</source>
        <translation>les images n’indiquent pas {missing}</translation>
    </message>
    <message>
        <source>the images state {uids} series</source>
        <translation>les images indiquent {uids} séries</translation>
    </message>
    <message>
        <source>the inner brain against the outer</source>
        <translation>le cerveau interne par rapport à l’externe</translation>
    </message>
    <message>
        <source>the least is {amount}, {name}</source>
        <translation>le minimum est {amount}, {name}</translation>
    </message>
    <message>
        <source>the length against the width</source>
        <translation>la longueur par rapport à la largeur</translation>
    </message>
    <message>
        <source>the lightest on a battery</source>
        <translation>le plus économe sur batterie</translation>
    </message>
    <message>
        <source>the likeness of left and right</source>
        <translation>la ressemblance entre gauche et droite</translation>
    </message>
    <message>
        <source>the mask as opened</source>
        <translation>le masque tel qu’ouvert</translation>
    </message>
    <message>
        <source>the mask holds labels {unknown}, expected 0 and {known}</source>
        <translation>le masque contient les étiquettes {unknown} ; 0 et {known} sont attendues</translation>
    </message>
    <message>
        <source>the model has no graph in int8</source>
        <translation>le modèle n’a pas de graphe en int8</translation>
    </message>
    <message>
        <source>the model's mask</source>
        <translation>le masque du modèle</translation>
    </message>
    <message>
        <source>the most exact</source>
        <translation>le plus exact</translation>
    </message>
    <message>
        <source>the place that its header states (qform) is turned by no rotation: its quaternion has the length {length:.3g}, expected at most 1. Repair the header, or save the scan again from the program that made it.</source>
        <translation>la position indiquée par son en-tête (qform) n’est tournée par aucune rotation : son quaternion a la longueur {length:.3g}, attendu au plus 1. Réparez l’en-tête, ou enregistrez à nouveau l’examen avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>the scalp against the brain</source>
        <translation>le cuir chevelu par rapport au cerveau</translation>
    </message>
    <message>
        <source>the scan was not opened from a DICOM series</source>
        <translation>l’examen n’a pas été ouvert à partir d’une série DICOM</translation>
    </message>
    <message>
        <source>the share of bright brain tissue</source>
        <translation>la part de tissu cérébral clair</translation>
    </message>
    <message>
        <source>the smallest</source>
        <translation>le plus petit</translation>
    </message>
    <message>
        <source>the squareness of the outline</source>
        <translation>le caractère carré du contour</translation>
    </message>
    <message>
        <source>the tapering of the outline to the front</source>
        <translation>le rétrécissement du contour vers l’avant</translation>
    </message>
    <message>
        <source>the voxels are said to begin at byte {start:g}, within the header of {size} bytes and the 4 after it; the header is damaged. Get a fresh copy.</source>
        <translation>les voxels commenceraient à l’octet {start:g}, dans l’en-tête de {size} octets et les 4 qui le suivent ; l’en-tête est endommagé. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>the width in front against the back</source>
        <translation>la largeur à l’avant par rapport à l’arrière</translation>
    </message>
    <message>
        <source>this machine shows no energy counters</source>
        <translation>cette machine n’a pas de compteurs d’énergie</translation>
    </message>
    <message>
        <source>this processor does not compute in bfloat16</source>
        <translation>ce processeur ne calcule pas en bfloat16</translation>
    </message>
    <message>
        <source>this slice</source>
        <translation>cette coupe</translation>
    </message>
    <message>
        <source>threshold {threshold:.2f}</source>
        <translation>seuil {threshold:.2f}</translation>
    </message>
    <message>
        <source>time point</source>
        <translation>examen</translation>
    </message>
    <message>
        <source>to</source>
        <translation>à</translation>
    </message>
    <message>
        <source>too many</source>
        <translation>trop de</translation>
    </message>
    <message>
        <source>torch computes in fp32 here</source>
        <translation>torch calcule en fp32 ici</translation>
    </message>
    <message>
        <source>turned by 90 degrees</source>
        <translation>tournée de 90 degrés</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>upside down</source>
        <translation>à l’envers</translation>
    </message>
    <message>
        <source>values are taken to have no sign</source>
        <translation>les valeurs sont supposées sans signe</translation>
    </message>
    <message>
        <source>volume, mL</source>
        <translation>volume, mL</translation>
    </message>
    <message>
        <source>voxels</source>
        <translation>voxels</translation>
    </message>
    <message>
        <source>what is packed in it is an archive ({kind}). Unpack it, and open what is in it.</source>
        <translation>ce qu’il contient est une archive ({kind}). Décompressez-la et ouvrez ce qu’elle contient.</translation>
    </message>
    <message>
        <source>what is packed in it is packed by gzip once more. Unpack it, and open what is in it.</source>
        <translation>ce qu’il contient est à nouveau compressé par gzip. Décompressez-le et ouvrez ce qu’il contient.</translation>
    </message>
    <message>
        <source>{accepted} of {count} accepted</source>
        <translation>{accepted} validés sur {count}</translation>
    </message>
    <message>
        <source>{added:,} voxels added, {removed:,} removed</source>
        <translation>{added:,} voxels ajoutés, {removed:,} retirés</translation>
    </message>
    <message>
        <source>{bad} voxels were not finite numbers and were set to 0.</source>
        <translation>{bad} voxels n’étaient pas des nombres finis et ont été mis à 0.</translation>
    </message>
    <message>
        <source>{count} files</source>
        <translation>{count} fichiers</translation>
    </message>
    <message>
        <source>{count} labels</source>
        <translation>{count} étiquettes</translation>
    </message>
    <message>
        <source>{count} masks, not saved</source>
        <translation>{count} masques non enregistrés</translation>
    </message>
    <message>
        <source>{count} of {total}</source>
        <translation>{count} sur {total}</translation>
    </message>
    <message>
        <source>{count} series that are alike in all else hold parts of one even stack; they were put together.</source>
        <translation>{count} séries par ailleurs identiques contiennent des parties d’un même empilement régulier ; elles ont été réunies.</translation>
    </message>
    <message>
        <source>{dataset_json} does not say what the channels are: expected is channel_names (nnU-Net) or modality (Decathlon), such as {{"0": "T1", "1": "FLAIR"}}.</source>
        <translation>{dataset_json} n’indique pas ce que sont les canaux : attendu channel_names (nnU-Net) ou modality (Decathlon), par exemple {{"0": "T1", "1": "FLAIR"}}.</translation>
    </message>
    <message>
        <source>{dataset_json}: the channels are not numbered: {said}.</source>
        <translation>{dataset_json} : les canaux ne sont pas numérotés : {said}.</translation>
    </message>
    <message>
        <source>{date:%d %b %Y}, {time}</source>
        <translation>{date:%d/%m/%Y}, {time}</translation>
    </message>
    <message>
        <source>{dtype}, {min:g} to {max:g}</source>
        <translation>{dtype}, de {min:g} à {max:g}</translation>
    </message>
    <message>
        <source>{error} It was saved as {instead} instead.</source>
        <translation>{error} Il a été enregistré sous {instead}.</translation>
    </message>
    <message>
        <source>{error} Patient, study and places are taken from the images: put that right, or save as NIfTI (.nii.gz).</source>
        <translation>{error} Patient, étude et positions sont repris des images : corrigez cela, ou enregistrez en NIfTI (.nii.gz).</translation>
    </message>
    <message>
        <source>{error} The case is shown without it.</source>
        <translation>{error} Le cas est affiché sans elle.</translation>
    </message>
    <message>
        <source>{fallback} stands in</source>
        <translation>{fallback} à la place</translation>
    </message>
    <message>
        <source>{file} was found beside the scan, and opened.</source>
        <translation>{file} a été trouvé à côté de l’examen, et ouvert.</translation>
    </message>
    <message>
        <source>{file}: compressed as {syntax}, for which no decoder is installed. Export the series uncompressed.</source>
        <translation>{file} : compressé en {syntax}, pour lequel aucun décodeur n’est installé. Exportez la série sans compression.</translation>
    </message>
    <message>
        <source>{file}: compressed as {syntax}, for which no decoder is installed. Install imagecodecs, or export the series uncompressed.</source>
        <translation>{file} : compressé en {syntax}, pour lequel aucun décodeur n’est installé. Installez imagecodecs, ou exportez la série sans compression.</translation>
    </message>
    <message>
        <source>{file}: does not state BitsAllocated, expected the bits that each pixel takes. Export the series again.</source>
        <translation>{file} : n’indique pas BitsAllocated, attendu le nombre de bits de chaque pixel. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{file}: does not state how its values are rescaled, and other slices of its series do. Export the series again.</source>
        <translation>{file} : n’indique pas comment ses valeurs sont mises à l’échelle, alors que d’autres coupes de sa série le font. Exportez la série à nouveau.</translation>
    </message>
    <message>
        <source>{file}: holds a header and no pixels. Export the series again.</source>
        <translation>{file} : contient un en-tête et aucun pixel. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{file}: holds values of {bits} bits, and other slices of its series of others, without stating how they are rescaled. Export the series again.</source>
        <translation>{file} : contient des valeurs de {bits} bits, d’autres coupes de sa série en contiennent d’autres, sans indiquer comment elles sont mises à l’échelle. Exportez la série à nouveau.</translation>
    </message>
    <message>
        <source>{file}: holds {count} images of {grid} voxels, expected one on the grid of {first}. Add the scan anew.</source>
        <translation>{file} : contient {count} images de {grid} voxels ; une seule est attendue, sur la grille de {first}. Ajoutez à nouveau l’examen.</translation>
    </message>
    <message>
        <source>{file}: holds {samples} samples of {bits} bits a pixel, expected one of 8 to 32 bits. Open the original series.</source>
        <translation>{file} : contient {samples} échantillons de {bits} bits par pixel, attendu un seul de 8 à 32 bits. Ouvrez la série d’origine.</translation>
    </message>
    <message>
        <source>{file}: its transfer syntax is {syntax}, which is not known here. Export the series uncompressed.</source>
        <translation>{file} : sa syntaxe de transfert est {syntax}, qui n’est pas connue ici. Exportez la série sans compression.</translation>
    </message>
    <message>
        <source>{file}: its {name} is {said}, expected {count} numbers. Export the series again.</source>
        <translation>{file} : la valeur de « {name} » est {said}, attendu {count} nombres. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{file}: keeps its {used} bits a pixel up to bit {high}, expected the lowest ones, up to bit {top}. Export the series again with a current program.</source>
        <translation>{file} : place ses {used} bits par pixel jusqu’au bit {high}, attendu les plus bas, jusqu’au bit {top}. Exportez à nouveau la série avec un logiciel récent.</translation>
    </message>
    <message>
        <source>{file}: position, orientation and pixel size are {values}, expected finite numbers of millimetres. Export the series again.</source>
        <translation>{file} : position, orientation et taille de pixel sont {values}, attendu des nombres finis de millimètres. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{file}: states no {missing}.</source>
        <translation>{file} : n’indique pas {missing}.</translation>
    </message>
    <message>
        <source>{file}: states {used} bits stored of {bits} a pixel, expected 1 to {bits}. Export the series again.</source>
        <translation>{file} : indique {used} bits utilisés sur {bits} par pixel, attendu de 1 à {bits}. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{file}: the pixels are compressed and the header does not say how, expected a transfer syntax. Export the series again.</source>
        <translation>{file} : les pixels sont compressés et l’en-tête ne dit pas comment, attendu une syntaxe de transfert. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{file}: the slice is {size}, expected {usual} as most others ({odd} of {total} files differ). Move files of other scans away.</source>
        <translation>{file} : la coupe fait {size}, attendu {usual} comme la plupart des autres ({odd} fichiers sur {total} diffèrent). Déplacez ailleurs les fichiers d’autres examens.</translation>
    </message>
    <message>
        <source>{first}
{change:+.2f} mL{share} · {changes}</source>
        <translation>{first}
{change:+.2f} mL{share} · {changes}</translation>
    </message>
    <message>
        <source>{first}: row and column directions {directions} with pixel size {usual} mm, expected perpendicular unit vectors and positive sizes. Export the series again.</source>
        <translation>{first} : les directions des lignes et des colonnes sont {directions} et la taille de pixel {usual} mm, attendu des vecteurs unitaires perpendiculaires et des tailles positives. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{header}: is no header of NIfTI, though other programs call theirs so too. Convert the scan to NIfTI with the program that made it.</source>
        <translation>{header} : n’est pas un en-tête NIfTI ; d’autres programmes nomment ainsi les leurs. Convertissez l’examen en NIfTI avec le programme qui l’a fait.</translation>
    </message>
    <message>
        <source>{header}: the header is not NIfTI but maybe Analyze 7.5, which does not tell left from right. Convert the original DICOM files to NIfTI, or this pair with a program that knows how it was made.</source>
        <translation>{header} : l’en-tête n’est pas NIfTI mais peut-être Analyze 7.5, qui ne distingue pas la gauche de la droite. Convertissez en NIfTI les fichiers DICOM d’origine, ou cette paire avec un logiciel qui sait comment elle a été faite.</translation>
    </message>
    <message>
        <source>{kept} (all {of_folds} folds)</source>
        <translation>{kept} (les {of_folds} plis)</translation>
    </message>
    <message numerus="yes">
        <source>{kept} (folds {numbers} of {of_folds})</source>
        <extracomment>one: {kept} (fold {numbers} of {of_folds})</extracomment>
        <translation><numerusform>{kept} (pli {numbers} sur {of_folds})</numerusform><numerusform>{kept} (plis {numbers} sur {of_folds})</numerusform></translation>
    </message>
    <message>
        <source>{label}
{explanation}
Double-click to open it.</source>
        <translation>{label}
{explanation}
Double-cliquez pour l’ouvrir.</translation>
    </message>
    <message>
        <source>{label} cannot be read. {remark}</source>
        <translation>{label} n’est pas lisible. {remark}</translation>
    </message>
    <message>
        <source>{label} does not overlap the scan. Choose an image of the same patient and examination, or leave the role empty.</source>
        <translation>{label} ne recouvre pas l’examen. Choisissez une image du même patient et du même examen, ou laissez l’entrée vide.</translation>
    </message>
    <message>
        <source>{label} is not used ({why}): the CPU is instead.</source>
        <translation>{label} n’est pas utilisé ({why}) : le CPU l’est à sa place.</translation>
    </message>
    <message>
        <source>{label} lies on another grid and stores no position in mm, so it cannot be laid on the scan. Choose an image of the same grid, or leave the role empty.</source>
        <translation>{label} est sur une autre grille et n’indique pas de position en mm : elle ne peut pas être placée sur l’examen. Choisissez une image de la même grille, ou laissez l’entrée vide.</translation>
    </message>
    <message>
        <source>{label} was passed over: it cannot be read.</source>
        <translation>{label} a été passé : il n’est pas lisible.</translation>
    </message>
    <message>
        <source>{label} was resampled onto the grid of the segmented scan.</source>
        <translation>{label} a été rééchantillonnée sur la grille de l’examen segmenté.</translation>
    </message>
    <message>
        <source>{lesions} ({measurable} measurable)</source>
        <translation>{lesions} (dont mesurables : {measurable})</translation>
    </message>
    <message>
        <source>{lesions} · {voxels:,} voxels (size unknown)</source>
        <translation>{lesions} · {voxels:,} voxels (taille inconnue)</translation>
    </message>
    <message>
        <source>{lesions} · {voxels:,} voxels · {unknown} mL</source>
        <translation>{lesions} · {voxels:,} voxels · {unknown} mL</translation>
    </message>
    <message>
        <source>{mask} belongs to {scan} and is saved on its grid.</source>
        <translation>{mask} appartient à {scan} et est enregistré sur sa grille.</translation>
    </message>
    <message>
        <source>{mask} fits no open scan: it is saved without a place, and left and right are not known.</source>
        <translation>{mask} ne correspond à aucun examen ouvert : il est enregistré sans position, droite et gauche sont inconnues.</translation>
    </message>
    <message>
        <source>{mask} has only one slice.</source>
        <translation>{mask} n’a qu’une coupe.</translation>
    </message>
    <message>
        <source>{mask} is not a mask of 2 or 3 dimensions, at one scale and in memory.</source>
        <translation>{mask} n’est pas un masque à 2 ou 3 dimensions, à une seule échelle et en mémoire.</translation>
    </message>
    <message>
        <source>{mask} is not editable.</source>
        <translation>{mask} n’est pas modifiable.</translation>
    </message>
    <message>
        <source>{mean} [{low}, {high}]</source>
        <translation>{mean} [{low} ; {high}]</translation>
    </message>
    <message>
        <source>{message}: {done} of {total}</source>
        <translation>{message} : {done} sur {total}</translation>
    </message>
    <message>
        <source>{missing} of {total} slices have no mask file; their mask is empty.</source>
        <translation>{missing} coupes sur {total} n’ont pas de fichier de masque ; leur masque est vide.</translation>
    </message>
    <message>
        <source>{missing} slice numbers between {first} and {last} are missing.</source>
        <translation>Il manque {missing} numéros de coupe entre {first} et {last}.</translation>
    </message>
    <message numerus="yes">
        <source>{n:,} lesions</source>
        <extracomment>one: {n:,} lesion</extracomment>
        <translation><numerusform>{n:,} lésion</numerusform><numerusform>{n:,} lésions</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n:,} voxels</source>
        <extracomment>one: {n:,} voxel</extracomment>
        <translation><numerusform>{n:,} voxel</numerusform><numerusform>{n:,} voxels</numerusform></translation>
    </message>
    <message>
        <source>{named} · {count} images</source>
        <translation>{named} · {count} images</translation>
    </message>
    <message>
        <source>{names}: changed by hand and not saved, so it was left open.</source>
        <translation>{names} : modifié à la main et non enregistré, donc laissé ouvert.</translation>
    </message>
    <message>
        <source>{name} (by image, {match})</source>
        <translation>{name} (d’après l’image, {match})</translation>
    </message>
    <message>
        <source>{name} (compute capability {major}.{minor}) is not used: this build of torch is for {built_for}.</source>
        <translation>{name} (capacité de calcul {major}.{minor}) n’est pas utilisée : cette version de torch est faite pour {built_for}.</translation>
    </message>
    <message>
        <source>{name} (else {fallback})</source>
        <translation>{name} (sinon {fallback})</translation>
    </message>
    <message>
        <source>{name} (required)</source>
        <translation>{name} (indispensable)</translation>
    </message>
    <message>
        <source>{name} cannot be read ({error}). A model folder holds {card_name} and model.safetensors.</source>
        <translation>{name} ne peut pas être lu ({error}). Un dossier de modèle contient {card_name} et model.safetensors.</translation>
    </message>
    <message>
        <source>{name} cannot be read ({reason}). Ask for read access, or choose another folder.</source>
        <translation>{name} ne peut pas être lu ({reason}). Demandez les droits de lecture, ou choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>{name} cannot be written to, so the list and the masks are kept in {home}.</source>
        <translation>On ne peut pas écrire dans {name} : la liste et les masques sont conservés dans {home}.</translation>
    </message>
    <message>
        <source>{name} deleted</source>
        <translation>{name} supprimée</translation>
    </message>
    <message>
        <source>{name} does not lie on the chosen scan. Choose its scan above.</source>
        <translation>{name} n’est pas sur l’examen choisi. Choisissez son examen ci-dessus.</translation>
    </message>
    <message>
        <source>{name} does not reach to the slice on the screen. Move the slider.</source>
        <translation>{name} ne va pas jusqu’à la coupe affichée. Déplacez le curseur.</translation>
    </message>
    <message>
        <source>{name} exists. Replace it?</source>
        <translation>{name} existe. Le remplacer ?</translation>
    </message>
    <message>
        <source>{name} holds {spare:,} bytes more than the header announces.</source>
        <translation>{name} contient {spare:,} octets de plus que n’en annonce l’en-tête.</translation>
    </message>
    <message>
        <source>{name} is a saved mask: give the contours another name.</source>
        <translation>{name} est un masque enregistré : donnez un autre nom aux contours.</translation>
    </message>
    <message>
        <source>{name} is damaged and was passed over; the scans count as new.</source>
        <translation>{name} est endommagé et a été ignoré ; les examens comptent comme nouveaux.</translation>
    </message>
    <message>
        <source>{name} is measured.</source>
        <translation>{name} est mesuré.</translation>
    </message>
    <message>
        <source>{name} is missing</source>
        <translation>{name} manque</translation>
    </message>
    <message>
        <source>{name} is missing: {fallback} stands in, as the model card says.</source>
        <translation>{name} manque : {fallback} est utilisé à la place, comme l’indique la fiche du modèle.</translation>
    </message>
    <message>
        <source>{name} is not a valid model card: {where}: {first}. Export the model again with brainseg-train.</source>
        <translation>{name} n’est pas une fiche de modèle valide : {where} : {first}. Exportez à nouveau le modèle avec brainseg-train.</translation>
    </message>
    <message>
        <source>{name} is not saved yet: save it</source>
        <translation>{name} n’est pas encore enregistré : l’enregistrer</translation>
    </message>
    <message>
        <source>{name} is not the file that was added (its SHA-256 differs)</source>
        <translation>{name} n’est pas le fichier qui a été ajouté (son SHA-256 diffère)</translation>
    </message>
    <message>
        <source>{name} is too large to be a model card.</source>
        <translation>{name} est trop grand pour une fiche de modèle.</translation>
    </message>
    <message>
        <source>{name} lies beside the scan, and this work list did not write it as it is now.</source>
        <translation>{name} est à côté de l’examen, et cette liste de travail ne l’a pas écrit tel qu’il est maintenant.</translation>
    </message>
    <message>
        <source>{name} merged into {other}</source>
        <translation>{name} fusionnée avec {other}</translation>
    </message>
    <message>
        <source>{name} missing: {stand_in}.</source>
        <translation>Sans {name} : {stand_in}.</translation>
    </message>
    <message>
        <source>{name} on {scan}</source>
        <translation>{name} sur {scan}</translation>
    </message>
    <message>
        <source>{name} was damaged and was set aside as {other}.</source>
        <translation>{name} était endommagé et a été mis de côté sous le nom {other}.</translation>
    </message>
    <message>
        <source>{name} was left out: {problem}</source>
        <translation>{name} a été laissé de côté : {problem}</translation>
    </message>
    <message>
        <source>{name} was matched by image: {match} from what the files state.</source>
        <translation>{name} a été recalé d’après l’image : {match} par rapport à ce que les fichiers indiquent.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of napari-brainseg (version {version} of the file, expected {schema_version}). Update napari-brainseg.</source>
        <translation>{name} a été écrit par une version plus récente de napari-brainseg (version {version} du fichier, {schema_version} attendue). Mettez napari-brainseg à jour.</translation>
    </message>
    <message>
        <source>{name} was {status} before, and the mask on screen is the model's own.</source>
        <translation>{name} était {status} auparavant, et le masque affiché est celui du modèle.</translation>
    </message>
    <message>
        <source>{name} {now:.1f} {unit}: {percent} from baseline {baseline:.1f}, {lowest} from nadir {nadir:.1f}</source>
        <translation>{name} {now:.1f} {unit} : {percent} par rapport à l’examen de référence {baseline:.1f}, {lowest} par rapport au nadir {nadir:.1f}</translation>
    </message>
    <message>
        <source>{name} · RAS {x:.1f}, {y:.1f}, {z:.1f} mm</source>
        <translation>{name} · RAS {x:.1f} ; {y:.1f} ; {z:.1f} mm</translation>
    </message>
    <message>
        <source>{name} · probability</source>
        <translation>{name} · probabilité</translation>
    </message>
    <message>
        <source>{name} · unfinished</source>
        <translation>{name} · inachevé</translation>
    </message>
    <message>
        <source>{name} · voxel {place}</source>
        <translation>{name} · voxel {place}</translation>
    </message>
    <message>
        <source>{name}, not saved</source>
        <translation>{name}, non enregistré</translation>
    </message>
    <message>
        <source>{name}/{manifest} cannot be read ({error}). Name the folder of a training set, which masks are put into with Add to training set.</source>
        <translation>{name}/{manifest} ne peut pas être lu ({error}). Indiquez le dossier d’un jeu d’entraînement, où les masques sont mis avec Ajouter au jeu d’entraînement.</translation>
    </message>
    <message>
        <source>{name}/{manifest} is not a valid manifest:
{found}
Undo what was edited by hand, or restore the file from a copy.</source>
        <translation>{name}/{manifest} n’est pas un manifeste valide :
{found}
Annulez ce qui a été modifié à la main, ou restaurez le fichier depuis une copie.</translation>
    </message>
    <message>
        <source>{name}: DistanceUnits is '{unit}', expected mm, um or cm. Correct it in the header.</source>
        <translation>{name} : DistanceUnits vaut « {unit} », attendu mm, um ou cm. Corrigez-le dans l’en-tête.</translation>
    </message>
    <message>
        <source>{name}: ElementSpacing is {spacing}, expected positive numbers. Repair the header.</source>
        <translation>{name} : ElementSpacing vaut {spacing}, attendu des nombres positifs. Réparez l’en-tête.</translation>
    </message>
    <message>
        <source>{name}: HeaderSize is {skip}, expected bytes to skip in a data file of its own that is not compressed. Save the scan again as .mha.</source>
        <translation>{name} : HeaderSize vaut {skip}, attendu un nombre d’octets à sauter dans un fichier de données séparé et non compressé. Enregistrez à nouveau l’examen en .mha.</translation>
    </message>
    <message>
        <source>{name}: MINC 2 is read with h5py, which is not installed. Run: pip install "napari-brainseg[minc]", or convert the file to NIfTI (mnc2nii).</source>
        <translation>{name} : MINC 2 est lu avec h5py, qui n’est pas installé. Lancez : pip install "napari-brainseg[minc]", ou convertissez le fichier en NIfTI (mnc2nii).</translation>
    </message>
    <message>
        <source>{name}: a device or a pipe has this name. Choose another name.</source>
        <translation>{name} : un périphérique ou un tube porte ce nom. Choisissez un autre nom.</translation>
    </message>
    <message>
        <source>{name}: a file of this name exists. Choose another name, or allow to overwrite it.</source>
        <translation>{name} : un fichier de ce nom existe. Choisissez un autre nom, ou autorisez son remplacement.</translation>
    </message>
    <message>
        <source>{name}: a file that is no edit record has this name, so none was written. Move it elsewhere and save again.</source>
        <translation>{name} : un fichier qui n’est pas un journal de modifications porte ce nom, donc aucun n’a été écrit. Déplacez-le et enregistrez à nouveau.</translation>
    </message>
    <message>
        <source>{name}: a folder has this name. Choose another name.</source>
        <translation>{name} : un dossier porte ce nom. Choisissez un autre nom.</translation>
    </message>
    <message>
        <source>{name}: a mask is saved as {endings}. End the name with one of these.</source>
        <translation>{name} : un masque s’enregistre en {endings}. Terminez le nom par l’une de ces extensions.</translation>
    </message>
    <message>
        <source>{name}: a mosaic of many slices in one picture, expected one slice. Export the series as Enhanced DICOM, or convert it to NIfTI with dcm2niix.</source>
        <translation>{name} : une mosaïque de nombreuses coupes dans une seule image, attendu une seule coupe. Exportez la série en Enhanced DICOM, ou convertissez-la en NIfTI avec dcm2niix.</translation>
    </message>
    <message>
        <source>{name}: a page ends in .html. End the name with that.</source>
        <translation>{name} : une page se termine par .html. Terminez ainsi le nom.</translation>
    </message>
    <message>
        <source>{name}: a page needs {needed:,} bytes and has {stored:,}; the file is cut short, or its header is wrong. Get a fresh copy, or export it again.</source>
        <translation>{name} : une page demande {needed:,} octets et en a {stored:,} ; le fichier est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie, ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: a page of {columns:,} x {rows:,} pixels needs {needed:,} strips or tiles and has {there:,}; the file is cut short, or its header is wrong. Get a fresh copy, or export it again.</source>
        <translation>{name} : une page de {columns:,} x {rows:,} pixels demande {needed:,} bandes ou tuiles et en a {there:,} ; le fichier est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie, ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: a picture in it is cut short. Get a fresh copy.</source>
        <translation>{name} : une image qu’il contient est tronquée. Obtenez une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: a pipe or a device, expected a file or a folder. Save what comes through it as a file.</source>
        <translation>{name} : un tube ou un périphérique, alors qu’un fichier ou un dossier est attendu. Enregistrez dans un fichier ce qui en sort.</translation>
    </message>
    <message>
        <source>{name}: a position of a frame is not a finite number. Export the segmentation again.</source>
        <translation>{name} : la position d’une image n’est pas un nombre fini. Exportez à nouveau la segmentation.</translation>
    </message>
    <message>
        <source>{name}: a series can be chosen in DICOM only. Leave the choice of a series out.</source>
        <translation>{name} : seul DICOM permet de choisir une série. N’en choisissez pas.</translation>
    </message>
    <message>
        <source>{name}: a slice lies {error:.2f} mm away from where even stacking puts it, expected at most {tolerance:.2f} mm; on one grid the anatomy would be distorted. Open the evenly stacked files only, or a straight reconstruction.</source>
        <translation>{name} : une coupe se trouve à {error:.2f} mm de la place que lui donne un empilement régulier, attendu au plus {tolerance:.2f} mm ; sur une seule grille, l’anatomie serait déformée. N’ouvrez que les fichiers empilés régulièrement, ou une reconstruction droite.</translation>
    </message>
    <message>
        <source>{name}: an RTSTRUCT is saved as .dcm. End the name with that.</source>
        <translation>{name} : un RTSTRUCT s’enregistre en .dcm. Terminez le nom par cette extension.</translation>
    </message>
    <message>
        <source>{name}: an RTSTRUCT refers to the images of its scan, but {reason}. Save as NIfTI (.nii.gz) instead.</source>
        <translation>{name} : un RTSTRUCT renvoie aux images de son examen, mais {reason}. Enregistrez plutôt en NIfTI (.nii.gz).</translation>
    </message>
    <message>
        <source>{name}: announces {frames} frames and describes {described}, expected as many. The header is damaged; export the series again.</source>
        <translation>{name} : annonce {frames} images et en décrit {described}, attendu autant. L’en-tête est endommagé ; exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{name}: announces {frames} x {rows} x {columns} pixels of {bits} bits, that is {expected:,} bytes, and holds {stored:,}; it is cut short or its header is damaged. Get a fresh copy.</source>
        <translation>{name} : annonce {frames} x {rows} x {columns} pixels de {bits} bits, soit {expected:,} octets, et en contient {stored:,} ; le fichier est tronqué ou son en-tête est endommagé. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: announces {rows} rows of {columns} pixels and holds fewer, or more; it is cut short, or its header is damaged. Get a fresh copy.</source>
        <translation>{name} : annonce {rows} lignes de {columns} pixels et en contient moins, ou plus ; il est tronqué, ou son en-tête est endommagé. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: begins with '{magic}', expected NRRD0001 to NRRD0005. Save it again with a current program.</source>
        <translation>{name} : commence par « {magic} », attendu de NRRD0001 à NRRD0005. Enregistrez-le à nouveau avec un logiciel récent.</translation>
    </message>
    <message>
        <source>{name}: belongs to an earlier mask and could not be deleted ({reason}). Delete it.</source>
        <translation>{name} : appartient à un masque antérieur et n’a pas pu être supprimé ({reason}). Supprimez-le.</translation>
    </message>
    <message>
        <source>{name}: belongs to {owner}, so no edit record was written. Save under another name to have one.</source>
        <translation>{name} : appartient à {owner}, donc aucun journal de modifications n’a été écrit. Enregistrez sous un autre nom pour en avoir un.</translation>
    </message>
    <message>
        <source>{name}: cannot be a file here ({reason}). Choose another name or folder.</source>
        <translation>{name} : ne peut pas être un fichier ici ({reason}). Choisissez un autre nom ou dossier.</translation>
    </message>
    <message>
        <source>{name}: cannot be matched, expected an image of at least {least} voxels a side that states their size in mm. Choose another scan.</source>
        <translation>{name} : ne peut pas être recalé ; une image d’au moins {least} voxels de côté qui indique leur taille en mm est attendue. Choisissez un autre examen.</translation>
    </message>
    <message>
        <source>{name}: claims more than {room} pages, which a file of its size cannot hold; it is damaged. Get a fresh copy, or export it again.</source>
        <translation>{name} : annonce plus de {room} pages, ce qu’un fichier de cette taille ne peut contenir ; il est endommagé. Procurez-vous une nouvelle copie, ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: claims more than {room} pages, which is more than a scan has. Save the slices of one scan in a file of their own.</source>
        <translation>{name} : annonce plus de {room} pages, plus que n’en a un examen. Enregistrez les coupes d’un seul examen dans un fichier à part.</translation>
    </message>
    <message>
        <source>{name}: claims {n_bytes:,} bytes of pixels in a file of {size:,} bytes, more than it can hold; it is damaged. Get a fresh copy, or export it again.</source>
        <translation>{name} : annonce {n_bytes:,} octets de pixels dans un fichier de {size:,} octets, plus qu’il ne peut contenir ; il est endommagé. Procurez-vous une nouvelle copie, ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: could not be decoded as {kind} ({error}); the file is damaged, cut short, or of another kind. Get a fresh copy, or export it again.</source>
        <translation>{name} : n’a pas pu être décodé comme {kind} ({error}) ; le fichier est endommagé, tronqué ou d’un autre type. Procurez-vous une nouvelle copie, ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: could not be written ({reason}). Choose another folder or disk.</source>
        <translation>{name} : n’a pas pu être écrit ({reason}). Choisissez un autre dossier ou disque.</translation>
    </message>
    <message>
        <source>{name}: did not read back as written, so nothing was kept. Save to another disk.</source>
        <translation>{name} : relu différent de ce qui a été écrit, rien n’a donc été gardé. Enregistrez sur un autre disque.</translation>
    </message>
    <message>
        <source>{name}: does not say which segments there are, or which each frame is of. Export it again from the program that made it.</source>
        <translation>{name} : ne dit pas quels segments il y a, ou duquel est chaque trame. Exportez-le de nouveau depuis le programme qui l’a fait.</translation>
    </message>
    <message>
        <source>{name}: each of {count} slices alike states a series and a frame of reference of its own, expected one for all; opened alone, a slice would pass for the whole. Export the series again, or name one (brainseg predict --series).</source>
        <translation>{name} : chacune des {count} coupes semblables indique une série et un repère qui lui sont propres, attendu les mêmes pour toutes ; ouverte seule, une coupe passerait pour le tout. Exportez à nouveau la série, ou nommez-en une (brainseg predict --series).</translation>
    </message>
    <message>
        <source>{name}: ends within its header; it is cut short. Get a fresh copy.</source>
        <translation>{name} : se termine dans son en-tête ; il est tronqué. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: exists already. Choose the name of a new folder.</source>
        <translation>{name} : existe déjà. Choisissez le nom d’un nouveau dossier.</translation>
    </message>
    <message>
        <source>{name}: frames at one height lie in different places or directions ({frame} is the first), expected one grid for all. Save its segments as files of their own from the program that made it.</source>
        <translation>{name} : des trames de même hauteur se trouvent en des endroits ou des directions différents ({frame} est la première), une seule grille pour toutes est attendue. Enregistrez ses segments dans des fichiers séparés avec le programme qui l’a fait.</translation>
    </message>
    <message>
        <source>{name}: frames {step:.3g} mm apart over {extent:.0f} mm, expected at most {max_slices} slices. The positions are wrong; export the segmentation again.</source>
        <translation>{name} : des images distantes de {step:.3g} mm sur {extent:.0f} mm, attendu au plus {max_slices} coupes. Les positions sont fausses ; exportez à nouveau la segmentation.</translation>
    </message>
    <message>
        <source>{name}: holds a '{kind}', expected a {labelmap}. Convert it to a binary labelmap in 3D Slicer, and save it again.</source>
        <translation>{name} : contient un « {kind} », attendu un {labelmap}. Convertissez-le en labelmap binaire dans 3D Slicer et enregistrez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: holds contours (RTSTRUCT), expected the voxels of a mask. Save it as DICOM SEG or NIfTI with the program that drew them.</source>
        <translation>{name} : contient des contours (RTSTRUCT), attendu les voxels d’un masque. Enregistrez-le en DICOM SEG ou NIfTI avec le programme qui les a dessinés.</translation>
    </message>
    <message>
        <source>{name}: holds images below its pages (SubIFDs) that are no smaller copies of them. Save the image you want in a file of its own.</source>
        <translation>{name} : contient, sous ses pages (SubIFD), des images qui n’en sont pas des copies réduites. Enregistrez l’image voulue dans un fichier à part.</translation>
    </message>
    <message>
        <source>{name}: holds infinite values, expected whole numbers from 0 to {max_label}. Save the mask again from the program that made it.</source>
        <translation>{name} : contient des valeurs infinies, attendu des nombres entiers de 0 à {max_label}. Enregistrez de nouveau le masque depuis le programme qui l’a fait.</translation>
    </message>
    <message>
        <source>{name}: holds slices of {count} scans (such as {one}… and {other}…), expected those of one. Open the files of one scan.</source>
        <translation>{name} : contient des coupes de {count} examens (comme {one}… et {other}…), attendu celles d’un seul. Ouvrez les fichiers d’un seul examen.</translation>
    </message>
    <message>
        <source>{name}: holds the number {number}, which is none of its segments. Export it again from the program that made it.</source>
        <translation>{name} : contient le nombre {number}, qui n’est aucun de ses segments. Exportez-le à nouveau avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: holds values from {low} to {high}, expected whole labels from 0 to {max_label}. Export it again from 3D Slicer.</source>
        <translation>{name} : contient des valeurs de {low} à {high}, attendu des étiquettes entières de 0 à {max_label}. Exportez-le à nouveau depuis 3D Slicer.</translation>
    </message>
    <message>
        <source>{name}: holds {channels} channels with values from {low:.6g} to {high:.6g}, expected one channel of whole numbers from 0 to {max_label}. Choose a mask file; probabilities become one when a threshold is set on them.</source>
        <translation>{name} : contient {channels} canaux dont les valeurs vont de {low:.6g} à {high:.6g}, attendu un seul canal de nombres entiers de 0 à {max_label}. Choisissez un fichier de masque ; des probabilités en deviennent un quand on leur applique un seuil.</translation>
    </message>
    <message>
        <source>{name}: holds {count} images of different sizes or kinds, expected one slice or one stack. Save the image you want in a file of its own.</source>
        <translation>{name} : contient {count} images de tailles ou de types différents, attendu une coupe ou une pile. Enregistrez l’image voulue dans un fichier à part.</translation>
    </message>
    <message>
        <source>{name}: holds {count} pictures that are shown one after another, expected one. Save each in a file of its own.</source>
        <translation>{name} : contient {count} images montrées l’une après l’autre, attendu une seule. Enregistrez chacune dans son propre fichier.</translation>
    </message>
    <message>
        <source>{name}: holds {count} slices like its neighbours, expected one slice per file. Open one stack at a time.</source>
        <translation>{name} : contient {count} coupes comme ses voisins, attendu une coupe par fichier. Ouvrez une pile à la fois.</translation>
    </message>
    <message>
        <source>{name}: holds {frames} frames and does not say where each of them lies, expected one slice per file, or Enhanced DICOM. Export the series again, one file per slice.</source>
        <translation>{name} : contient {frames} images et ne dit pas où se trouve chacune, attendu une coupe par fichier, ou Enhanced DICOM. Exportez à nouveau la série, un fichier par coupe.</translation>
    </message>
    <message>
        <source>{name}: holds {pages} pages and announces another one at byte {next_page:,} of {size:,}; it is cut short. Get a fresh copy.</source>
        <translation>{name} : contient {pages} pages et en annonce une autre à l’octet {next_page:,} sur {size:,} ; il est tronqué. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: images of one series bear the names {one!r} and {other!r} and share no place, so they may be parts of one stack, or series that lost their identifiers. Export the series again, or name one of them (brainseg predict --series "{one}").</source>
        <translation>{name} : des images d’une même série portent les noms {one!r} et {other!r} et n’ont aucune place en commun ; elles peuvent être des parties d’une même pile, ou des séries qui ont perdu leurs identifiants. Exportez de nouveau la série, ou nommez l’une d’elles (brainseg predict --series "{one}").</translation>
    </message>
    <message>
        <source>{name}: is an archive ({kind}), expected a scan. Unpack it, and open what was in it.</source>
        <translation>{name} : est une archive ({kind}), attendu un examen. Décompressez-la et ouvrez ce qu’elle contenait.</translation>
    </message>
    <message>
        <source>{name}: is by its name {kind}, which is not opened here. {remedy}</source>
        <translation>{name} : est, d’après son nom, {kind}, ce qui n’est pas ouvert ici. {remedy}</translation>
    </message>
    <message>
        <source>{name}: is not DICOM. Get a fresh copy.</source>
        <translation>{name} : n’est pas du DICOM. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: is packed by gzip, and its name does not say what is in it. Unpack it; or, where it is NIfTI, let its name end in .nii.gz.</source>
        <translation>{name} : est compressé par gzip, et son nom ne dit pas ce qu’il contient. Décompressez-le ; ou, si c’est du NIfTI, faites finir son nom par .nii.gz.</translation>
    </message>
    <message>
        <source>{name}: is {kind} by its content, and not called so. Let its name end in {ending}.</source>
        <translation>{name} : est du {kind} d’après son contenu, et ne porte pas un tel nom. Faites finir son nom par {ending}.</translation>
    </message>
    <message>
        <source>{name}: its autosave is damaged; the last edits may be missing.</source>
        <translation>{name} : sa sauvegarde automatique est endommagée ; les dernières modifications manquent peut-être.</translation>
    </message>
    <message>
        <source>{name}: its axes count in {units}, expected one unit of length for all. Repair the header, or convert it to NIfTI (mnc2nii).</source>
        <translation>{name} : ses axes sont comptés en {units}, une seule unité de longueur est attendue pour tous. Corrigez l’en-tête, ou convertissez-le en NIfTI (mnc2nii).</translation>
    </message>
    <message>
        <source>{name}: its description counts {counted} pixels, {shape} along {axes}, and {found} are there. Save the stack again from the program that made it.</source>
        <translation>{name} : sa description compte {counted} pixels, {shape} le long de {axes}, et il y en a {found}. Enregistrez à nouveau la pile avec le logiciel qui l’a produite.</translation>
    </message>
    <message>
        <source>{name}: its files state {count} values of {keyword}, expected one.</source>
        <translation>{name} : ses fichiers indiquent {count} valeurs de {keyword}, attendu une seule.</translation>
    </message>
    <message>
        <source>{name}: its folder does not exist. Create it first.</source>
        <translation>{name} : son dossier n’existe pas. Créez-le d’abord.</translation>
    </message>
    <message>
        <source>{name}: its folder does not exist. Create it, or choose another one.</source>
        <translation>{name} : son dossier n’existe pas. Créez-le, ou choisissez-en un autre.</translation>
    </message>
    <message>
        <source>{name}: its frames take {needed:,} bytes, and it holds {held:,}; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : ses trames prennent {needed:,} octets, et il en contient {held:,} ; il est tronqué ou son en-tête est faux. Obtenez une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: its header lists more than {most:,} items, more than of any series; it is damaged. Export the series again.</source>
        <translation>{name} : son en-tête énumère plus de {most:,} éléments, plus que dans aucune série ; il est endommagé. Exportez de nouveau la série.</translation>
    </message>
    <message>
        <source>{name}: its images are of {count} stacks that overlap, {listed}; one grid cannot hold them all. Open the folder in napari to choose, or name one of them (brainseg predict --series "{part}").</source>
        <translation>{name} : ses images forment {count} empilements qui se chevauchent, {listed} ; une seule grille ne peut les contenir tous. Ouvrez le dossier dans napari pour choisir, ou nommez l’un d’eux (brainseg predict --series "{part}").</translation>
    </message>
    <message>
        <source>{name}: its metadata announce {pages} pages, and the file does not hold them all. Get a fresh copy, or export it again.</source>
        <translation>{name} : ses métadonnées annoncent {pages} pages, et le fichier ne les contient pas toutes. Procurez-vous une nouvelle copie, ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: its metadata count {counted:,} slices and channels, expected at most {most:,}; they are damaged. Save it again as one stack.</source>
        <translation>{name} : ses métadonnées comptent {counted:,} coupes et canaux, au plus {most:,} sont attendus ; elles sont endommagées. Enregistrez-le de nouveau en une seule pile.</translation>
    </message>
    <message>
        <source>{name}: its metadata lead to another file ({file}), expected all slices in this one. Save them as one stack.</source>
        <translation>{name} : ses métadonnées renvoient à un autre fichier ({file}), attendu toutes les coupes dans celui-ci. Enregistrez-les en une seule pile.</translation>
    </message>
    <message>
        <source>{name}: its metadata name {named} of its {alike} pages, expected all of them. Save it again as one stack.</source>
        <translation>{name} : ses métadonnées nomment {named} de ses {alike} pages, attendu toutes. Enregistrez-le à nouveau comme une seule pile.</translation>
    </message>
    <message>
        <source>{name}: its orientation is {orientation}, expected 1 to 8. Save it again.</source>
        <translation>{name} : son orientation est {orientation}, attendu de 1 à 8. Enregistrez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: its pages are stored or to be shown in {count} ways (size, packing, orientation, kind, palette, reduced copy or transparency; see page {page}), expected one. Save it again as one stack.</source>
        <translation>{name} : ses pages sont stockées ou doivent être affichées de {count} façons (taille, compression, orientation, type, palette, copie réduite ou transparence ; voir la page {page}), attendu une seule. Enregistrez-le à nouveau comme une seule pile.</translation>
    </message>
    <message>
        <source>{name}: its picture has no parts, or thousands of them; it is damaged. Get a fresh copy.</source>
        <translation>{name} : son image n’a pas de parties, ou en a des milliers ; elle est endommagée. Obtenez une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: its picture is sent in {count} scans, expected at most {most}; it is damaged, or made to take long. Save it again from the program that made it.</source>
        <translation>{name} : son image est envoyée en {count} passages, au plus {most} sont attendus ; elle est endommagée, ou faite pour durer. Enregistrez-la de nouveau depuis le programme qui l’a faite.</translation>
    </message>
    <message>
        <source>{name}: its pixels are packed by the method {method} with the predictor {predictor}, which are not known here. Save it again without compression.</source>
        <translation>{name} : ses pixels sont compressés par la méthode {method} avec le prédicteur {predictor}, inconnus ici. Enregistrez-le à nouveau sans compression.</translation>
    </message>
    <message>
        <source>{name}: its pixels of {pixel:g} mm make slices of {side:,} pixels of {wanted:g} mm, expected at most {most:,}. Check the unit of its voxel size.</source>
        <translation>{name} : ses pixels de {pixel:g} mm donnent des coupes de {side:,} pixels de {wanted:g} mm, alors qu’au plus {most:,} sont attendus. Vérifiez l’unité de sa taille de voxel.</translation>
    </message>
    <message>
        <source>{name}: its pixels take more than the {bits} bits that its header states, and programs disagree on what that means. Export the series again.</source>
        <translation>{name} : ses pixels prennent plus que les {bits} bits que son en-tête indique, et les programmes ne s’accordent pas sur ce que cela veut dire. Exportez de nouveau la série.</translation>
    </message>
    <message>
        <source>{name}: its segments overlap, so it holds {count} masks, expected one. Drop it on the window, where each becomes a layer, and save the one that you want.</source>
        <translation>{name} : ses segments se chevauchent, il contient donc {count} masques, attendu un seul. Déposez-le sur la fenêtre, où chacun devient un calque, et enregistrez celui que vous voulez.</translation>
    </message>
    <message>
        <source>{name}: its values are rescaled by slope {slope:g}, intercept {intercept:g}, which makes them larger than 3e38. {again}</source>
        <translation>{name} : ses valeurs sont transformées par la pente {slope:g} et l’ordonnée {intercept:g}, ce qui les rend plus grandes que 3e38. {again}</translation>
    </message>
    <message>
        <source>{name}: its {files} files state {count} values of SOPInstanceUID, expected one each.</source>
        <translation>{name} : ses {files} fichiers indiquent {count} valeurs de SOPInstanceUID, une pour chacun est attendue.</translation>
    </message>
    <message>
        <source>{name}: lies more than {max_depth} folders deep, and was not looked into. Open it by itself.</source>
        <translation>{name} : se trouve à plus de {max_depth} dossiers de profondeur et n’a pas été parcouru. Ouvrez-le à part.</translation>
    </message>
    <message>
        <source>{name}: line skip {lines:g} and byte skip {skip:g} are not read here, expected whole numbers of lines and bytes before the voxels. Save the scan again as .nrrd.</source>
        <translation>{name} : line skip {lines:g} et byte skip {skip:g} ne sont pas lus ici, attendu des nombres entiers de lignes et d’octets avant les voxels. Enregistrez à nouveau l’examen en .nrrd.</translation>
    </message>
    <message>
        <source>{name}: measured anew after every change</source>
        <translation>{name} : mesuré à nouveau après chaque modification</translation>
    </message>
    <message>
        <source>{name}: neither MINC 1 (netCDF) nor MINC 2 (HDF5) by its first bytes. Get a fresh copy, or give the file the ending of its format.</source>
        <translation>{name} : ni MINC 1 (netCDF) ni MINC 2 (HDF5) d’après ses premiers octets. Procurez-vous une nouvelle copie, ou donnez au fichier l’extension de son format.</translation>
    </message>
    <message>
        <source>{name}: no DICOM image could be read from {total} files. Choose the folder or a file of an image series; on a disc with a DICOMDIR they lie in folders beside it.</source>
        <translation>{name} : aucune image DICOM n’a pu être lue dans {total} fichiers. Choisissez le dossier ou un fichier d’une série d’images ; sur un disque avec un DICOMDIR, elles se trouvent dans des dossiers à côté de lui.</translation>
    </message>
    <message>
        <source>{name}: no change</source>
        <translation>{name} : aucun changement</translation>
    </message>
    <message>
        <source>{name}: no match was found, the best would turn it by {turn:.0f}°. Choose another scan of the same head.</source>
        <translation>{name} : aucun recalage trouvé, le meilleur le tournerait de {turn:.0f}°. Choisissez un autre examen de la même tête.</translation>
    </message>
    <message>
        <source>{name}: no open scan fits this mask, so it stands alone. Open its scan first, then the mask, to correct it on the scan.</source>
        <translation>{name} : aucun examen ouvert ne correspond à ce masque, il est donc seul. Ouvrez d’abord son examen, puis le masque, pour le corriger sur l’examen.</translation>
    </message>
    <message>
        <source>{name}: no scan was found in the folder, expected DICOM, TIFF, PNG or JPEG files. Open the folder that holds them.</source>
        <translation>{name} : aucun examen n’a été trouvé dans le dossier, attendu des fichiers DICOM, TIFF, PNG ou JPEG. Ouvrez le dossier qui les contient.</translation>
    </message>
    <message>
        <source>{name}: no scan was found there. Choose a NIfTI, NRRD, MetaImage, DICOM, TIFF or picture file, or a folder that holds a series of them.</source>
        <translation>{name} : aucun examen n’y a été trouvé. Choisissez un fichier NIfTI, NRRD, MetaImage, DICOM, TIFF ou une image, ou un dossier qui en contient une série.</translation>
    </message>
    <message>
        <source>{name}: no series matches {wanted!r}, expected one. Choose by number or by a part of the title among: {listed}.</source>
        <translation>{name} : aucune série ne correspond à {wanted!r}, attendu une seule. Choisissez par numéro ou par une partie du titre parmi : {listed}.</translation>
    </message>
    <message>
        <source>{name}: no two of its {count} images fit one grid ({one}, {two}, …); opened alone, one would pass for the whole. Export a straight reconstruction, or name one (brainseg predict --series "{one}").</source>
        <translation>{name} : il n’y a pas deux de ses {count} images sur une même grille ({one}, {two}, …) ; ouverte seule, l’une passerait pour le tout. Exportez une reconstruction droite, ou nommez-en une (brainseg predict --series "{one}").</translation>
    </message>
    <message>
        <source>{name}: none of its four axes is said to be the channels. Name the kinds of the axes in the header, such as 'kinds: domain domain domain list'.</source>
        <translation>{name} : aucun de ses quatre axes n’est désigné comme celui des canaux. Nommez le type des axes dans l’en-tête, par exemple « kinds: domain domain domain list ».</translation>
    </message>
    <message>
        <source>{name}: not a file that can be opened here, expected {kinds} or DICOM. Convert it to one of these first.</source>
        <translation>{name} : pas un fichier que l’on puisse ouvrir ici, attendu {kinds} ou DICOM. Convertissez-le d’abord dans l’un de ces formats.</translation>
    </message>
    <message>
        <source>{name}: not a slice that can be opened here, expected one of {endings}. Convert it to one of these first.</source>
        <translation>{name} : pas une coupe que l’on puisse ouvrir ici, attendu {endings}. Convertissez-la d’abord dans l’un de ces formats.</translation>
    </message>
    <message>
        <source>{name}: not an edit record that can be read ({error}). Delete it, or move it elsewhere.</source>
        <translation>{name} : journal de modifications illisible ({error}). Supprimez-le, ou déplacez-le.</translation>
    </message>
    <message>
        <source>{name}: not done, because the mask was removed or replaced meanwhile.</source>
        <translation>{name} : non exécuté, car le masque a été retiré ou remplacé entre-temps.</translation>
    </message>
    <message>
        <source>{name}: opening {kind} needs {library}, which cannot be loaded. Install napari-brainseg again, or run `brainseg doctor`.</source>
        <translation>{name} : ouvrir {kind} demande {library}, qui ne peut être chargée. Installez à nouveau napari-brainseg, ou lancez « brainseg doctor ».</translation>
    </message>
    <message>
        <source>{name}: page {page} has {below:,} smaller copies of itself, expected a few; it is damaged. Get a fresh copy, or export it again.</source>
        <translation>{name} : la page {page} a {below:,} copies réduites d’elle-même, attendu quelques-unes ; il est endommagé. Procurez-vous une nouvelle copie ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: parts of it are said to lie elsewhere or in other files. Save the scan whole in one file.</source>
        <translation>{name} : des parties se trouveraient ailleurs ou dans d’autres fichiers. Enregistrez l’examen entier dans un seul fichier.</translation>
    </message>
    <message>
        <source>{name}: places {placed} frames and holds {held}; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : place {placed} images et en contient {held} ; il est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: reading is not permitted. Ask for read access, or copy the file to a place of your own.</source>
        <translation>{name} : la lecture n’est pas permise. Demandez l’accès en lecture, ou copiez le fichier dans un dossier à vous.</translation>
    </message>
    <message>
        <source>{name}: saving failed: {reason}</source>
        <translation>{name} : échec de l’enregistrement : {reason}</translation>
    </message>
    <message>
        <source>{name}: says that its slices lie at uneven distances, expected even ones. Resample it (mincresample), or convert it to NIfTI (mnc2nii).</source>
        <translation>{name} : dit que ses coupes sont à des distances inégales, attendu des distances égales. Rééchantillonnez-le (mincresample), ou convertissez-le en NIfTI (mnc2nii).</translation>
    </message>
    <message>
        <source>{name}: shows something about a mask, and is none. Save the mask.</source>
        <translation>{name} : montre quelque chose d’un masque, mais n’en est pas un. Enregistrez le masque.</translation>
    </message>
    <message>
        <source>{name}: slices lie {smallest:.2f} to {largest:.2f} mm apart, expected equal distances within {tolerance:.2f} mm; on one grid the anatomy would be distorted. Open the evenly spaced files only, or a reconstruction with equal distances.</source>
        <translation>{name} : les coupes sont distantes de {smallest:.2f} à {largest:.2f} mm, attendu des distances égales à {tolerance:.2f} mm près ; sur une seule grille, l’anatomie serait déformée. N’ouvrez que les fichiers régulièrement espacés, ou une reconstruction à distances égales.</translation>
    </message>
    <message>
        <source>{name}: the affine {affine} does not place voxels in space, expected a finite, invertible 4x4 matrix. Repair the header, or save the scan again from the program that made it.</source>
        <translation>{name} : la matrice affine {affine} ne place pas les voxels dans l’espace ; une matrice 4x4 finie et inversible est attendue. Réparez l’en-tête, ou enregistrez à nouveau l’examen depuis le programme qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: the axes are {axes} with lengths {shape}, expected rows and columns with at most one stack axis, and channels, time points or colours. Save one stack per file.</source>
        <translation>{name} : les axes sont {axes}, de longueurs {shape}, attendu des lignes et des colonnes avec au plus un axe d’empilement, et des canaux, des temps ou des couleurs. Enregistrez une pile par fichier.</translation>
    </message>
    <message>
        <source>{name}: the axes are {axes}, expected xspace, yspace and zspace, and perhaps time. Extract a volume of these axes first.</source>
        <translation>{name} : les axes sont {axes}, attendu xspace, yspace et zspace, et éventuellement time. Extrayez d’abord un volume de ces axes.</translation>
    </message>
    <message>
        <source>{name}: the byte order is '{order}', expected little or big. Repair the header, or get a fresh copy.</source>
        <translation>{name} : l’ordre des octets est « {order} », attendu little ou big. Réparez l’en-tête, ou procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the contours did not read back as written, so nothing was replaced. Save as NIfTI (.nii.gz), and report this.</source>
        <translation>{name} : les contours relus diffèrent de ceux écrits, rien n’a donc été remplacé. Enregistrez en NIfTI (.nii.gz) et signalez-le.</translation>
    </message>
    <message>
        <source>{name}: the data file '{parts}' that it names is not there. Put it beside the header.</source>
        <translation>{name} : le fichier de données « {parts} » qu’il nomme n’est pas là. Mettez-le à côté de l’en-tête.</translation>
    </message>
    <message>
        <source>{name}: the data file lies outside the header's folder, which is not followed. Put both files into one folder, and only the file's name into the header.</source>
        <translation>{name} : le fichier de données se trouve hors du dossier de l’en-tête, ce qui n’est pas suivi. Mettez les deux fichiers dans un même dossier, et seulement le nom du fichier dans l’en-tête.</translation>
    </message>
    <message>
        <source>{name}: the encoding is '{stated}', expected raw, gzip, bzip2, ascii or hex. Save it again with one of these.</source>
        <translation>{name} : le codage est « {stated} », attendu raw, gzip, bzip2, ascii ou hex. Enregistrez-le à nouveau avec l’un d’eux.</translation>
    </message>
    <message>
        <source>{name}: the file could not be read back, so nothing was replaced. Save to another disk, and report this if it happens again.</source>
        <translation>{name} : le fichier n’a pas pu être relu, rien n’a donc été remplacé. Enregistrez sur un autre disque, et signalez-le si cela se reproduit.</translation>
    </message>
    <message>
        <source>{name}: the file is empty. Get a fresh copy.</source>
        <translation>{name} : le fichier est vide. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the file is write-protected. Choose another name, or allow writing to it.</source>
        <translation>{name} : le fichier est protégé en écriture. Choisissez un autre nom, ou autorisez l’écriture.</translation>
    </message>
    <message>
        <source>{name}: the folder cannot be listed ({reason}). Ask for read access.</source>
        <translation>{name} : le dossier ne peut pas être parcouru ({reason}). Demandez l’accès en lecture.</translation>
    </message>
    <message>
        <source>{name}: the folder holds {count} folders, expected the slices of one scan. Open the folder of one patient or series, such as {first}.</source>
        <translation>{name} : le dossier contient {count} dossiers, attendu les coupes d’un seul examen. Ouvrez le dossier d’un patient ou d’une série, par exemple {first}.</translation>
    </message>
    <message>
        <source>{name}: the folder holds {count} volumes, each a scan of its own. Open one of them, such as {first}.</source>
        <translation>{name} : le dossier contient {count} volumes, chacun étant un examen. Ouvrez l’un d’eux, par exemple {first}.</translation>
    </message>
    <message>
        <source>{name}: the frames of this segmentation state no {missing}, expected slices that lie in a patient. Segmentations of X-rays and of microscopy are not read.</source>
        <translation>{name} : les images de cette segmentation n’indiquent pas {missing}, attendu des coupes situées dans un patient. Les segmentations de radiographies et de microscopie ne sont pas lues.</translation>
    </message>
    <message>
        <source>{name}: the header announces {declared:,} bytes of voxels, and the file does not hold them all; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : l’en-tête annonce {declared:,} octets de voxels, et le fichier ne les contient pas tous ; il est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header announces {end:,} bytes, and the file goes on for more than {max_spare:,} after them; its header is wrong. Get a fresh copy.</source>
        <translation>{name} : l’en-tête annonce {end:,} octets, et le fichier continue sur plus de {max_spare:,} octets au-delà ; son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header announces {n_bytes:,} bytes of voxels, and the file holds {found}; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : l’en-tête annonce {n_bytes:,} octets de voxels, et le fichier en contient {found} ; il est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header announces {n_bytes:,} bytes of voxels, and the file holds {held:,} of them; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : l’en-tête annonce {n_bytes:,} octets de voxels, et le fichier en contient {held:,} ; il est tronqué ou son en-tête est faux. Obtenez une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header announces {n_bytes:,} bytes of voxels, but the file has {size:,} bytes; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : l’en-tête annonce {n_bytes:,} octets de voxels, mais le fichier fait {size:,} octets ; il est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header announces {n_bytes:,} bytes of voxels, but {found} are packed in the file; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{name} : l’en-tête annonce {n_bytes:,} octets de voxels, mais le fichier en contient {found} compressés ; il est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header announces {needed:,.1f} GB of voxels, and opening them needs twice that, but {free:,.1f} GB of memory are free. Check that the header is right; else close other programs or crop the scan.</source>
        <translation>{name} : l’en-tête annonce {needed:,.1f} Go de voxels, et les ouvrir en demande le double, mais {free:,.1f} Go de mémoire sont libres. Vérifiez que l’en-tête est juste ; sinon, fermez d’autres logiciels ou recadrez l’examen.</translation>
    </message>
    <message>
        <source>{name}: the header does not end and names no data file; it is cut short. Get a fresh copy.</source>
        <translation>{name} : l’en-tête ne se termine pas et ne nomme aucun fichier de données ; il est tronqué. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header fields {fields} did not read back as written. Save to another disk, and report this if it happens again.</source>
        <translation>{name} : les champs {fields} de l’en-tête relus diffèrent de ceux écrits. Enregistrez sur un autre disque, et signalez-le si cela se reproduit.</translation>
    </message>
    <message>
        <source>{name}: the header has no field '{field}'; it is cut short or damaged. Get a fresh copy.</source>
        <translation>{name} : l’en-tête n’a pas de champ « {field} » ; il est tronqué ou endommagé. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header is of version {version} with voxels of type {kind}, expected version 1 and bytes, whole or real numbers. Get a fresh copy, or convert it to NIfTI.</source>
        <translation>{name} : l’en-tête est de version {version} avec des voxels de type {kind}, attendu la version 1 et des octets, des nombres entiers ou réels. Procurez-vous une nouvelle copie, ou convertissez-le en NIfTI.</translation>
    </message>
    <message>
        <source>{name}: the header is {kind}, expected a NIfTI-1 or NIfTI-2 image. Convert it to NIfTI first.</source>
        <translation>{name} : l’en-tête est {kind}, attendu une image NIfTI-1 ou NIfTI-2. Convertissez-le d’abord en NIfTI.</translation>
    </message>
    <message>
        <source>{name}: the header line '{line}' is no field, or one that was there before. Repair the header, or get a fresh copy.</source>
        <translation>{name} : la ligne « {line} » de l’en-tête n’est pas un champ, ou en répète un. Réparez l’en-tête, ou procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header names no {last}; it is cut short or damaged. Get a fresh copy.</source>
        <translation>{name} : l’en-tête ne nomme pas {last} ; il est tronqué ou endommagé. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the header's 'space directions' is '{text}', expected {n} vectors or 'none'. Repair the header, or save the scan again from the program that made it.</source>
        <translation>{name} : « space directions » vaut « {text} » dans l’en-tête, attendu {n} vecteurs ou « none ». Réparez l’en-tête, ou enregistrez à nouveau l’examen avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: the header's '{field}' is '{text}', expected {n} finite numbers. Repair the header, or save the scan again from the program that made it.</source>
        <translation>{name} : « {field} » vaut « {text} » dans l’en-tête, attendu {n} nombres finis. Réparez l’en-tête, ou enregistrez à nouveau l’examen avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: the image has four axes and {channels} channels, expected one of both. Split it into 3-D images first.</source>
        <translation>{name} : l’image a quatre axes et {channels} canaux, attendu l’un ou l’autre. Divisez-la d’abord en images 3D.</translation>
    </message>
    <message>
        <source>{name}: the image has shape {shape}, expected four non-empty axes (channel, z, y, x). Check that the file holds a 2-D or 3-D image.</source>
        <translation>{name} : l’image a la forme {shape} ; quatre axes non vides sont attendus (canal, z, y, x). Vérifiez que le fichier contient une image 2D ou 3D.</translation>
    </message>
    <message>
        <source>{name}: the image has shape {shape}, expected two to four axes (x, y, z, volume). Split it into 3-D images first.</source>
        <translation>{name} : l’image a les dimensions {shape}, attendu de deux à quatre axes (x, y, z, volume). Divisez-la d’abord en images 3D.</translation>
    </message>
    <message>
        <source>{name}: the image has shape {shape}, so there are no voxels. Save the scan again from the program that made it.</source>
        <translation>{name} : l’image a les dimensions {shape}, elle n’a donc aucun voxel. Enregistrez à nouveau l’examen avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: the image has {channels} volumes, expected at most {max_channels}; it looks like a time series. Extract the volume you want into a 3-D file first.</source>
        <translation>{name} : l’image a {channels} volumes, attendu au plus {max_channels} ; cela ressemble à une série temporelle. Extrayez d’abord le volume voulu dans un fichier 3D.</translation>
    </message>
    <message>
        <source>{name}: the image has {dimension:g} axes, expected two to four. Split it into 3-D images first.</source>
        <translation>{name} : l’image a {dimension:g} axes, attendu de deux à quatre. Divisez-la d’abord en images 3D.</translation>
    </message>
    <message>
        <source>{name}: the image has {n} axes, expected two to four. Split it into 3-D images first.</source>
        <translation>{name} : l’image a {n} axes, attendu de deux à quatre. Divisez-la d’abord en images 3D.</translation>
    </message>
    <message>
        <source>{name}: the kinds of its {n} axes are '{kinds}', expected those of a scalar image or of plain channels. Split it into scalar images first.</source>
        <translation>{name} : les types de ses {n} axes sont « {kinds} », attendu ceux d’une image scalaire ou de simples canaux. Divisez-la d’abord en images scalaires.</translation>
    </message>
    <message>
        <source>{name}: the layer has {ndim} dimensions, expected 2 or 3. Save one volume.</source>
        <translation>{name} : le calque a {ndim} dimensions, 2 ou 3 sont attendues. Enregistrez un seul volume.</translation>
    </message>
    <message>
        <source>{name}: the layer's transform mixes space with its first axes, expected volumes that lie at one place. Extract one volume into a layer of its own.</source>
        <translation>{name} : la transformation du calque mêle l’espace à ses premiers axes ; des volumes en un même lieu sont attendus. Extrayez un volume dans un calque à part.</translation>
    </message>
    <message>
        <source>{name}: the mask does not lie on the voxels of its image, expected the same grid at the same place. Add the scan anew.</source>
        <translation>{name} : le masque n’est pas sur les voxels de son image ; la même grille au même endroit est attendue. Ajoutez à nouveau l’examen.</translation>
    </message>
    <message>
        <source>{name}: the mask does not lie on the voxels of {scan}, expected each voxel of it to be one of the scan's. Choose the scan that the mask was made on.</source>
        <translation>{name} : le masque ne repose pas sur les voxels de {scan}, attendu que chacun de ses voxels soit un voxel de l’examen. Choisissez l’examen sur lequel le masque a été fait.</translation>
    </message>
    <message>
        <source>{name}: the mask has {count} labels, expected at most {max_segments} in a segmentation of 3D Slicer. Save it as .nrrd instead.</source>
        <translation>{name} : le masque a {count} étiquettes, attendu au plus {max_segments} dans une segmentation de 3D Slicer. Enregistrez-le plutôt en .nrrd.</translation>
    </message>
    <message>
        <source>{name}: the mask holds values from {low} to {high}, expected whole numbers from 0 to 255. Correct the mask or move it away.</source>
        <translation>{name} : le masque contient des valeurs de {low} à {high}, attendu des nombres entiers de 0 à 255. Corrigez le masque ou déplacez-le ailleurs.</translation>
    </message>
    <message>
        <source>{name}: the mask is {size}, expected one grey picture of {rows} x {columns} pixels like its slice. Correct the mask or move it away.</source>
        <translation>{name} : le masque fait {size}, attendu une image grise de {rows} x {columns} pixels comme sa coupe. Corrigez le masque ou déplacez-le ailleurs.</translation>
    </message>
    <message>
        <source>{name}: the mask of {scan} is empty, and an RTSTRUCT holds outlines only. Save as NIfTI (.nii.gz) instead.</source>
        <translation>{name} : le masque de {scan} est vide, et un RTSTRUCT ne contient que des contours. Enregistrez plutôt en NIfTI (.nii.gz).</translation>
    </message>
    <message>
        <source>{name}: the path cannot be followed ({error}). Choose another name or folder.</source>
        <translation>{name} : le chemin ne peut pas être suivi ({error}). Choisissez un autre nom ou dossier.</translation>
    </message>
    <message>
        <source>{name}: the picture claims {pixels} pixels, far more than any slice has. Crop or shrink it first.</source>
        <translation>{name} : l’image annonce {pixels} pixels, bien plus qu’une coupe. Recadrez-la ou réduisez-la d’abord.</translation>
    </message>
    <message>
        <source>{name}: the picture is CMYK, expected grey or RGB. Save it as one of these.</source>
        <translation>{name} : l’image est en CMJN, attendu niveaux de gris ou RVB. Enregistrez-la ainsi.</translation>
    </message>
    <message>
        <source>{name}: the picture is stored as {kind}, expected grey, RGB or a palette. Save it again as a grey picture.</source>
        <translation>{name} : l’image est enregistrée en {kind}, attendu du gris, du RGB ou une palette. Enregistrez-la à nouveau en niveaux de gris.</translation>
    </message>
    <message>
        <source>{name}: the picture is {kind}, expected greyscale; colour DICOM is usually a screenshot. Open the original series.</source>
        <translation>{name} : l’image est {kind}, attendu des niveaux de gris ; un DICOM en couleurs est d’ordinaire une capture d’écran. Ouvrez la série d’origine.</translation>
    </message>
    <message>
        <source>{name}: the pixels are said to begin within the first {file_header} bytes, which are the file's header; it is damaged. Get a fresh copy.</source>
        <translation>{name} : les pixels commenceraient dans les {file_header} premiers octets, qui sont l’en-tête du fichier ; il est endommagé. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the pixels reach to byte {end:,}, but the file has {size:,} bytes; it is cut short. Get a fresh copy.</source>
        <translation>{name} : les pixels vont jusqu’à l’octet {end:,}, mais le fichier fait {size:,} octets ; il est tronqué. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the position did not read back as written, so nothing was replaced. Save to another disk, and report this if it happens again.</source>
        <translation>{name} : la position relue diffère de celle écrite, rien n’a donc été remplacé. Enregistrez sur un autre disque, et signalez-le si cela se reproduit.</translation>
    </message>
    <message>
        <source>{name}: the series goes on in slices of another kind: {count} of {total} are turned against the others, by up to {angle:.2g} degrees, expected parallel slices; one grid cannot hold them all. Export the series again, or name those that are parallel (brainseg predict --series "{part}").</source>
        <translation>{name} : la série continue par des coupes d’un autre type : {count} sur {total} sont tournées par rapport aux autres, de {angle:.2g} degrés au plus, attendu des coupes parallèles ; une seule grille ne peut les contenir toutes. Exportez à nouveau la série, ou nommez celles qui sont parallèles (brainseg predict --series "{part}").</translation>
    </message>
    <message>
        <source>{name}: the series goes on in slices of another kind: {listed}; one grid cannot hold them all. Open the folder in napari to choose among them, or name one of them (brainseg predict --series "{part}").</source>
        <translation>{name} : la série continue par des coupes d’un autre type : {listed} ; une seule grille ne peut les contenir toutes. Ouvrez le dossier dans napari pour choisir, ou nommez l’une d’elles (brainseg predict --series "{part}").</translation>
    </message>
    <message>
        <source>{name}: the sizes are {sizes} in {channels} channels, expected whole numbers from 1. Repair the header, or get a fresh copy.</source>
        <translation>{name} : les tailles sont {sizes} en {channels} canaux, attendu des nombres entiers à partir de 1. Réparez l’en-tête, ou procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the sizes are {sizes}, expected whole numbers from 1. Repair the header, or get a fresh copy.</source>
        <translation>{name} : les tailles sont {sizes}, attendu des nombres entiers à partir de 1. Réparez l’en-tête, ou procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the space has {dimension:g} dimensions, expected two to four. Repair the header, or save the scan again from the program that made it.</source>
        <translation>{name} : l’espace a {dimension:g} dimensions, attendu de deux à quatre. Réparez l’en-tête, ou enregistrez à nouveau l’examen avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: the space is '{space}', expected one of the format's, such as left-posterior-superior. Repair the header, or get a fresh copy.</source>
        <translation>{name} : l’espace est « {space} », attendu l’un de ceux du format, par exemple left-posterior-superior. Réparez l’en-tête, ou procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: the spacings are {spacings}, expected positive numbers. Repair the header.</source>
        <translation>{name} : les espacements sont {spacings}, attendu des nombres positifs. Réparez l’en-tête.</translation>
    </message>
    <message>
        <source>{name}: the strips or tiles of page {page} hold more, or less, than {columns:,} x {rows:,} pixels take, so its rows would be shifted or left out; its header is wrong, or it is cut short. Get a fresh copy, or export it again.</source>
        <translation>{name} : les bandes ou tuiles de la page {page} contiennent plus, ou moins, que ce que demandent {columns:,} x {rows:,} pixels, si bien que ses lignes seraient décalées ou omises ; son en-tête est faux, ou il est tronqué. Procurez-vous une nouvelle copie ou exportez-le à nouveau.</translation>
    </message>
    <message>
        <source>{name}: the units of length are '{units}', expected one of mm, um, cm, m for each direction. Correct the units in the header.</source>
        <translation>{name} : les unités de longueur sont « {units} », attendu mm, um, cm ou m pour chaque direction. Corrigez les unités dans l’en-tête.</translation>
    </message>
    <message>
        <source>{name}: the voxels are spread over several files ('{file}'), expected one. Save the scan again as a single .nrrd or .mha file.</source>
        <translation>{name} : les voxels sont répartis dans plusieurs fichiers (« {file} »), attendu un seul. Enregistrez à nouveau l’examen dans un seul fichier .nrrd ou .mha.</translation>
    </message>
    <message>
        <source>{name}: the voxels did not read back as written, so nothing was replaced. Save to another disk, and report this if it happens again.</source>
        <translation>{name} : les voxels relus diffèrent de ceux écrits, rien n’a donc été remplacé. Enregistrez sur un autre disque, et signalez-le si cela se reproduit.</translation>
    </message>
    <message>
        <source>{name}: the working folder is not there any more. Give the whole path.</source>
        <translation>{name} : le dossier de travail n’existe plus. Donnez le chemin complet.</translation>
    </message>
    <message>
        <source>{name}: the {key} of a segment is '{text}', expected a whole number from 0 to {most}. Save the segmentation again from 3D Slicer.</source>
        <translation>{name} : « {key} » d’un segment vaut « {text} », attendu un nombre entier de 0 à {most}. Enregistrez à nouveau la segmentation depuis 3D Slicer.</translation>
    </message>
    <message>
        <source>{name}: there is no such file or folder. Check the name.</source>
        <translation>{name} : il n’y a pas de fichier ni de dossier de ce nom. Vérifiez le nom.</translation>
    </message>
    <message>
        <source>{name}: there is no such file. Check the name.</source>
        <translation>{name} : il n’y a pas de fichier de ce nom. Vérifiez le nom.</translation>
    </message>
    <message>
        <source>{name}: there is not enough memory to open it. Close other programs or crop the scan.</source>
        <translation>{name} : la mémoire ne suffit pas pour l’ouvrir. Fermez d’autres logiciels ou recadrez l’examen.</translation>
    </message>
    <message>
        <source>{name}: this DICOM file holds no image. Choose a file of an image series.</source>
        <translation>{name} : ce fichier DICOM ne contient aucune image. Choisissez un fichier d’une série d’images.</translation>
    </message>
    <message>
        <source>{name}: this DICOM file holds {kind} and no image. Choose a file of an image series.</source>
        <translation>{name} : ce fichier DICOM contient {kind} et aucune image. Choisissez un fichier d’une série d’images.</translation>
    </message>
    <message>
        <source>{name}: this DICOM file is of the kind {kind}, expected a segmentation. Choose the file of a mask.</source>
        <translation>{name} : ce fichier DICOM est du genre {kind}, attendu une segmentation. Choisissez le fichier d’un masque.</translation>
    </message>
    <message>
        <source>{name}: this DICOM segmentation is {kind}, expected binary or a label map: only these say of each voxel which segment it belongs to. Export it as a binary one.</source>
        <translation>{name} : cette segmentation DICOM est {kind}, attendu binaire ou une carte d’étiquettes : elles seules disent de chaque voxel à quel segment il appartient. Exportez-la en segmentation binaire.</translation>
    </message>
    <message>
        <source>{name}: this colour table names no label. Move it elsewhere.</source>
        <translation>{name} : cette table de couleurs ne nomme aucune étiquette. Déplacez-la ailleurs.</translation>
    </message>
    <message>
        <source>{name}: this is a DICOMDIR, a list of the files on a disc, and holds no image. Open the folder with the images themselves.</source>
        <translation>{name} : c’est un DICOMDIR, une liste des fichiers d’un disque, et il ne contient aucune image. Ouvrez le dossier qui contient les images.</translation>
    </message>
    <message>
        <source>{name}: this is a mask (DICOM SEG), expected a scan. Open the series that it was made on.</source>
        <translation>{name} : c’est un masque (DICOM SEG), attendu un examen. Ouvrez la série sur laquelle il a été fait.</translation>
    </message>
    <message>
        <source>{name}: this is a mask ({named}), expected a scan. Open the scan that it was made on.</source>
        <translation>{name} : c’est un masque ({named}), attendu un examen. Ouvrez l’examen sur lequel il a été fait.</translation>
    </message>
    <message>
        <source>{name}: this is the scan itself. Choose another name.</source>
        <translation>{name} : c’est l’examen lui-même. Choisissez un autre nom.</translation>
    </message>
    <message>
        <source>{name}: too large for an edit record. Move it elsewhere.</source>
        <translation>{name} : trop grand pour un journal de modifications. Déplacez-le.</translation>
    </message>
    <message>
        <source>{name}: two files have the slice number {number}, one of them {file}. Keep one of the two.</source>
        <translation>{name} : deux fichiers portent le numéro de coupe {number}, dont {file}. Gardez l’un des deux.</translation>
    </message>
    <message>
        <source>{name}: two of its segments overlap, expected at most one label per voxel. Save its segments as files of their own from the program that made it.</source>
        <translation>{name} : deux de ses segments se chevauchent, attendu au plus une étiquette par voxel. Enregistrez ses segments dans des fichiers séparés avec le logiciel qui l’a produit.</translation>
    </message>
    <message>
        <source>{name}: unpacks to more than {limit:,} bytes from {packed:,}, which no scan does; it is damaged. Get a fresh copy, or unpack it with another program.</source>
        <translation>{name} : se décompresse en plus de {limit:,} octets à partir de {packed:,}, ce que ne fait aucun examen ; il est endommagé. Procurez-vous une nouvelle copie ou décompressez-le avec un autre programme.</translation>
    </message>
    <message>
        <source>{name}: volumes along the fourth axis lie at different places, expected one grid for all. Split it into 3-D images first.</source>
        <translation>{name} : les volumes le long du quatrième axe se trouvent à des positions différentes, attendu une même grille pour tous. Divisez-le d’abord en images 3D.</translation>
    </message>
    <message>
        <source>{name}: voxels are of type '{kind}', expected whole or real numbers such as MET_SHORT. Convert the image to a scalar type first.</source>
        <translation>{name} : les voxels sont de type « {kind} », attendu des nombres entiers ou réels comme MET_SHORT. Convertissez d’abord l’image en type scalaire.</translation>
    </message>
    <message>
        <source>{name}: voxels are of type '{kind}', expected whole or real numbers. Convert the image to a scalar type first.</source>
        <translation>{name} : les voxels sont de type « {kind} », attendu des nombres entiers ou réels. Convertissez d’abord l’image en type scalaire.</translation>
    </message>
    <message>
        <source>{name}: voxels are of type {dtype}, expected whole or real numbers. Convert the image to a scalar type first.</source>
        <translation>{name} : les voxels sont de type {dtype} ; des nombres entiers ou réels sont attendus. Convertissez d’abord l’image en un type scalaire.</translation>
    </message>
    <message>
        <source>{name}: voxels are of type {dtype}, expected whole or real numbers. Split complex images into scalar ones first.</source>
        <translation>{name} : les voxels sont de type {dtype}, attendu des nombres entiers ou réels. Divisez d’abord les images complexes en images scalaires.</translation>
    </message>
    <message>
        <source>{name}: voxels are written as text, expected binary ones. Save it again with BinaryData = True.</source>
        <translation>{name} : les voxels sont écrits en texte, attendu en binaire. Enregistrez-le à nouveau avec BinaryData = True.</translation>
    </message>
    <message>
        <source>{name}: was changed while it was read. Wait until it is written, then open it again.</source>
        <translation>{name} : a été modifié pendant sa lecture. Attendez qu’il soit écrit, puis ouvrez-le de nouveau.</translation>
    </message>
    <message>
        <source>{name}: was written in {total} files (a concatenation), and {found} are here. Copy the complete series.</source>
        <translation>{name} : a été écrit en {total} fichiers (une concaténation), et {found} sont ici. Copiez la série complète.</translation>
    </message>
    <message>
        <source>{name}: {count} channel names for {shape} channels.</source>
        <translation>{name} : {count} noms de canaux pour {shape} canaux.</translation>
    </message>
    <message>
        <source>{name}: {count} images do not state position, orientation or pixel size, expected all of them to. Export the series again, or open one of its files.</source>
        <translation>{name} : {count} images n’indiquent pas position, orientation ou taille de pixel, attendu que toutes le fassent. Exportez à nouveau la série, ou ouvrez l’un de ses fichiers.</translation>
    </message>
    <message>
        <source>{name}: {count} series match {wanted!r}, expected one. Choose by number or by a part of the title among: {listed}.</source>
        <translation>{name} : {count} séries correspondent à {wanted!r}, attendu une seule. Choisissez par numéro ou par une partie du titre parmi : {listed}.</translation>
    </message>
    <message>
        <source>{name}: {field} is '{value}', expected True or False. Repair the header, or get a fresh copy.</source>
        <translation>{name} : {field} vaut « {value} », attendu True ou False. Réparez l’en-tête, ou procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{name}: {file} has pixels of {spacing} mm and {first} of {usual} mm, expected equal sizes. Open slices of one size only.</source>
        <translation>{name} : {file} a des pixels de {spacing} mm et {first} de {usual} mm, attendu des tailles égales. N’ouvrez que des coupes d’une même taille.</translation>
    </message>
    <message>
        <source>{name}: {file} is not beside it. Put both in one folder.</source>
        <translation>{name} : {file} n’est pas à côté de lui. Mettez les deux dans un même dossier.</translation>
    </message>
    <message>
        <source>{name}: {file} is turned against {first}, expected parallel slices. Localizers and radial series are not one volume; choose another series.</source>
        <translation>{name} : {file} est tourné par rapport à {first}, attendu des coupes parallèles. Les repérages et les séries radiales ne forment pas un volume ; choisissez une autre série.</translation>
    </message>
    <message>
        <source>{name}: {mask} was changed after this edit record was written. Delete it, or restore the mask.</source>
        <translation>{name} : {mask} a été modifié après l’écriture de ce journal de modifications. Supprimez-le, ou restaurez le masque.</translation>
    </message>
    <message>
        <source>{name}: {n} axes lie in a space of {m} dimensions, expected two or three in a space of three. Save it as a 2-D or 3-D image.</source>
        <translation>{name} : {n} axes se trouvent dans un espace de {m} dimensions, attendu deux ou trois dans un espace de trois. Enregistrez-le en image 2D ou 3D.</translation>
    </message>
    <message numerus="yes">
        <source>{name}: {n} slices are missing, the first between {before} and {after} ({gap:.2f} mm apart, the others {usual:.2f} mm). Copy the complete series.</source>
        <extracomment>one: {name}: {n} slice is missing, between {before} and {after} ({gap:.2f} mm apart, the others {usual:.2f} mm). Copy the complete series.</extracomment>
        <translation><numerusform>{name} : il manque {n} coupe, entre {before} et {after} (distantes de {gap:.2f} mm, les autres de {usual:.2f} mm). Copiez la série complète.</numerusform><numerusform>{name} : il manque {n} coupes, la première entre {before} et {after} (distantes de {gap:.2f} mm, les autres de {usual:.2f} mm). Copiez la série complète.</numerusform></translation>
    </message>
    <message>
        <source>{name}: {one} and {other} lie at one height, {apart:.3g} mm apart, expected one slice per place. Open the files of one volume.</source>
        <translation>{name} : {one} et {other} se trouvent à une même hauteur, à {apart:.3g} mm l’une de l’autre, une coupe par place est attendue. Ouvrez les fichiers d’un seul volume.</translation>
    </message>
    <message>
        <source>{name}: {one} and {other} lie at the same place and differ, expected one slice per place. The series holds several volumes (echoes, time points) that its header does not tell apart; open the files of one volume.</source>
        <translation>{name} : {one} et {other} se trouvent à la même place et diffèrent, attendu une coupe par place. La série contient plusieurs volumes (échos, temps) que son en-tête ne distingue pas ; ouvrez les fichiers d’un seul volume.</translation>
    </message>
    <message>
        <source>{name}: {placed} of its {total} axes lie in space, expected two or three and at most one axis of channels. Split it into 3-D images first.</source>
        <translation>{name} : {placed} de ses {total} axes sont spatiaux, attendu deux ou trois et au plus un axe de canaux. Divisez-le d’abord en images 3D.</translation>
    </message>
    <message>
        <source>{name}: {reason}. Save as NIfTI (.nii.gz) instead.</source>
        <translation>{name} : {reason}. Enregistrez plutôt en NIfTI (.nii.gz).</translation>
    </message>
    <message>
        <source>{name}: {spare} of its {pages} pages lie at the place of another one, expected a place for each; it is damaged. Get a fresh copy, or export it again.</source>
        <translation>{name} : {spare} de ses {pages} pages se trouvent à la place d’une autre, attendu une place pour chacune ; il est endommagé. Obtenez une nouvelle copie ou exportez-le de nouveau.</translation>
    </message>
    <message>
        <source>{name}: {voxels} changed{where}</source>
        <translation>{name} : {voxels} modifiés{where}</translation>
    </message>
    <message>
        <source>{name}: {what}. Get the file itself ({remedy}).</source>
        <translation>{name} : {what}. Procurez-vous le fichier lui-même ({remedy}).</translation>
    </message>
    <message>
        <source>{next} ({rank} of {count})</source>
        <translation>{next} ({rank} sur {count})</translation>
    </message>
    <message numerus="yes">
        <source>{n} copies of slices were left out; place and pixels are the same.</source>
        <extracomment>one: {n} copy of a slice was left out; place and pixels are the same.</extracomment>
        <translation><numerusform>{n} copie d’une coupe a été laissée de côté ; place et pixels sont identiques.</numerusform><numerusform>{n} copies de coupes ont été laissées de côté ; place et pixels sont identiques.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} masks</source>
        <extracomment>one: {n} mask</extracomment>
        <translation><numerusform>{n} masque</numerusform><numerusform>{n} masques</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} models</source>
        <extracomment>one: {n} model</extracomment>
        <translation><numerusform>{n} modèle</numerusform><numerusform>{n} modèles</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} patients kept aside</source>
        <extracomment>one: {n} patient kept aside</extracomment>
        <translation><numerusform>{n} patient mis de côté</numerusform><numerusform>{n} patients mis de côté</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} saved masks are gone; their scans count as new again.</source>
        <extracomment>one: {n} saved mask is gone; its scan counts as new again.</extracomment>
        <translation><numerusform>{n} masque enregistré a disparu ; son examen compte à nouveau comme nouveau.</numerusform><numerusform>{n} masques enregistrés ont disparu ; leurs examens comptent à nouveau comme nouveaux.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} scans of this list are not in the folder any more; what was done is kept in case they come back.</source>
        <extracomment>one: {n} scan of this list is not in the folder any more; what was done is kept in case they come back.</extracomment>
        <translation><numerusform>{n} examen de cette liste n’est plus dans le dossier ; ce qui a été fait est conservé au cas où il reviendrait.</numerusform><numerusform>{n} examens de cette liste ne sont plus dans le dossier ; ce qui a été fait est conservé au cas où ils reviendraient.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} slices</source>
        <extracomment>one: {n} slice</extracomment>
        <translation><numerusform>{n} coupe</numerusform><numerusform>{n} coupes</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} slices in {seconds:.1f} s on {device}{energy}</source>
        <extracomment>one: {n} slice in {seconds:.1f} s on {device}{energy}</extracomment>
        <translation><numerusform>{n} coupe en {seconds:.1f} s sur {device}{energy}</numerusform><numerusform>{n} coupes en {seconds:.1f} s sur {device}{energy}</numerusform></translation>
    </message>
    <message>
        <source>{of} cannot be read ({reason}). Check the file.</source>
        <translation>{of} est illisible ({reason}). Vérifiez le fichier.</translation>
    </message>
    <message>
        <source>{plane}, slice {index}</source>
        <translation>{plane}, coupe {index}</translation>
    </message>
    <message>
        <source>{question} Replace it, or keep both.</source>
        <translation>{question} Remplacez-le, ou gardez les deux.</translation>
    </message>
    <message>
        <source>{reason} Evenly spaced by themselves are {listed}: open the folder in napari to choose, or name one of them (brainseg predict --series "{part}").</source>
        <translation>{reason} Régulièrement espacés pris à part sont {listed} : ouvrez le dossier dans napari pour choisir, ou nommez l’un d’eux (brainseg predict --series "{part}").</translation>
    </message>
    <message>
        <source>{rows} x {columns} pixels, {depth} deep, in {channels} channels of {kind}</source>
        <translation>{rows} x {columns} pixels, sur {depth} de profondeur, en {channels} canaux de {kind}</translation>
    </message>
    <message>
        <source>{said}; {voxels} that you painted meanwhile kept.</source>
        <translation>{said} ; {voxels} que vous avez peints entre-temps sont conservés.</translation>
    </message>
    <message>
        <source>{scan:.1f} s ({ms:.0f} ms a slice)</source>
        <translation>{scan:.1f} s ({ms:.0f} ms par coupe)</translation>
    </message>
    <message>
        <source>{scan}: the headers of the series cannot be taken over to DICOM SEG ({error}). Save as NIfTI (.nii.gz) instead.</source>
        <translation>{scan} : les en-têtes de la série ne peuvent pas être repris dans DICOM SEG ({error}). Enregistrez plutôt en NIfTI (.nii.gz).</translation>
    </message>
    <message>
        <source>{share:.0%}</source>
        <translation>{share:.0%}</translation>
    </message>
    <message>
        <source>{shift_mm:.0f} mm, {turn_degrees:.0f}°</source>
        <translation>{shift_mm:.0f} mm, {turn_degrees:.0f}°</translation>
    </message>
    <message>
        <source>{slices} on {device}</source>
        <translation>{slices} sur {device}</translation>
    </message>
    <message>
        <source>{source}: {reason}. Save as NIfTI (.nii.gz).</source>
        <translation>{source} : {reason}. Enregistrez en NIfTI (.nii.gz).</translation>
    </message>
    <message>
        <source>{table}: a file of this name lies where the names and colours of {name} would go. Move it elsewhere, or choose another name for the mask.</source>
        <translation>{table} : un fichier de ce nom se trouve là où iraient les noms et les couleurs de {name}. Déplacez-le ailleurs, ou choisissez un autre nom pour le masque.</translation>
    </message>
    <message>
        <source>{table}: this colour table cannot be read ({error}). Move it elsewhere to open the mask without names.</source>
        <translation>{table} : cette table de couleurs ne peut pas être lue ({error}). Déplacez-la ailleurs pour ouvrir le masque sans noms.</translation>
    </message>
    <message>
        <source>{table}: too large for a colour table. Move it elsewhere.</source>
        <translation>{table} : trop grand pour une table de couleurs. Déplacez-le ailleurs.</translation>
    </message>
    <message>
        <source>{tilt:.1f}</source>
        <translation>{tilt:.1f}</translation>
    </message>
    <message numerus="yes">
        <source>{title} ({n} images)</source>
        <extracomment>one: {title} ({n} image)</extracomment>
        <translation><numerusform>{title} ({n} image)</numerusform><numerusform>{title} ({n} images)</numerusform></translation>
    </message>
    <message>
        <source>{title}: its values are rescaled by {said}, expected finite numbers. Export the series again.</source>
        <translation>{title} : ses valeurs sont transformées par {said}, attendu des nombres finis. Exportez à nouveau la série.</translation>
    </message>
    <message>
        <source>{title}: {role} is the same image as of {owner}</source>
        <translation>{title} : {role} est la même image que celle de {owner}</translation>
    </message>
    <message>
        <source>{tool} needs a click on the mask.</source>
        <translation>{tool} demande un clic sur le masque.</translation>
    </message>
    <message>
        <source>{tool} needs an outline on the mask.</source>
        <translation>{tool} demande un contour sur le masque.</translation>
    </message>
    <message>
        <source>{tool} needs another mask.</source>
        <translation>{tool} demande un autre masque.</translation>
    </message>
    <message>
        <source>{total} paths ({names}) are not slices of one scan, expected only TIFF or picture files, or only DICOM files. Open them one at a time.</source>
        <translation>{total} chemins ({names}) ne sont pas les coupes d’un seul examen, attendu seulement des fichiers TIFF ou image, ou seulement des fichiers DICOM. Ouvrez-les un par un.</translation>
    </message>
    <message>
        <source>{value!r} is no limit: expected a number above 0 and a unit, as in 1s, 500ms, 20MB or 15J.</source>
        <translation>{value!r} n’est pas une limite : un nombre supérieur à 0 et une unité sont attendus, comme 1s, 500ms, 20MB ou 15J.</translation>
    </message>
    <message>
        <source>{volume:.1f} mL</source>
        <translation>{volume:.1f} mL</translation>
    </message>
    <message>
        <source>{volume:.2f} mL ({count:,} voxels)</source>
        <translation>{volume:.2f} mL ({count:,} voxels)</translation>
    </message>
    <message>
        <source>{volume:.3f} mL</source>
        <translation>{volume:.3f} mL</translation>
    </message>
    <message>
        <source>{voxels}: the header announces {declared:,} bytes of voxels from byte {start:,} on, but the file has {size:,} bytes; it is cut short or its header is wrong. Get a fresh copy.</source>
        <translation>{voxels} : l’en-tête annonce {declared:,} octets de voxels à partir de l’octet {start:,}, mais le fichier fait {size:,} octets ; il est tronqué ou son en-tête est erroné. Procurez-vous une nouvelle copie.</translation>
    </message>
    <message>
        <source>{whats} of {models}{under}</source>
        <translation>{whats} de {models}{under}</translation>
    </message>
    <message>
        <source>{what} Escape: leave it.</source>
        <translation>{what} Échap : abandonner.</translation>
    </message>
    <message>
        <source>{what} It goes by {scan}. Escape: done.</source>
        <translation>{what} Le masque suit {scan}. Échap : terminer.</translation>
    </message>
    <message>
        <source>{what} needs {needed:.2f} GB of memory, and the limit on this process leaves {room:.2f} GB. Raise the limit (ulimit -v), or ask the cluster for more.</source>
        <translation>{what} demande {needed:.2f} Go de mémoire, et la limite de ce processus en laisse {room:.2f}. Augmentez la limite (ulimit -v), ou demandez davantage au cluster.</translation>
    </message>
    <message>
        <source>{what} unusually high</source>
        <translation>{what} anormalement élevé(e)</translation>
    </message>
    <message>
        <source>{what} unusually low</source>
        <translation>{what} anormalement bas(se)</translation>
    </message>
    <message>
        <source>{what} · {time}, by the last run</source>
        <translation>{what} · {time}, d’après la dernière exécution</translation>
    </message>
    <message>
        <source>{what}, {where}. Escape: leave it.</source>
        <translation>{what}, {where}. Échap : abandonner.</translation>
    </message>
    <message>
        <source>{what}. Its scan was not found, or has changed.</source>
        <translation>{what}. Son examen n’a pas été trouvé, ou a changé.</translation>
    </message>
    <message>
        <source>{where} is not used ({why}): {other} is instead.</source>
        <translation>{where} n’est pas utilisé ({why}) : {other} l’est à sa place.</translation>
    </message>
    <message>
        <source>{where}: found {line!r}, expected a label, a name without spaces, and red, green and blue from 0 to 255. Repair it, or move the colour table elsewhere.</source>
        <translation>{where} : trouvé {line!r}, attendu une étiquette, un nom sans espaces, et le rouge, le vert et le bleu de 0 à 255. Réparez-la, ou déplacez la table de couleurs ailleurs.</translation>
    </message>
    <message>
        <source>{x} × {y} × {z} voxels of {voxel} {units}</source>
        <translation>{x} × {y} × {z} voxels de {voxel} {units}</translation>
    </message>
    <message>
        <source>± {sd:.3g} (SD)</source>
        <translation>± {sd:.3g} (ET)</translation>
    </message>
    <message>
        <source>… and {more} more</source>
        <translation>… et {more} de plus</translation>
    </message>
    <message>
        <source>◀ Previous</source>
        <translation>◀ Précédent</translation>
    </message>
</context>
</TS>
